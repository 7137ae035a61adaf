"""Each test name in one shipped design, the hardest in all; with `CORPUS=all` each name in all."""

import os
from functools import cache

from badge_forge.attendee import Attendee
from badge_forge.checks.names import Name, names
from badge_forge.designs.design import SHIPPED
from badge_forge.rendering.geometry import places
from badge_forge.rendering.renderer import LaidOut, Renderer
from badge_forge.rendering.result import RenderedBadge
from helpers import shipped_design

ID = "7bfb7c39-c354-4cce-ad5b-f1be2814b17e"

DESIGNS = [path.parent.name for path in sorted(SHIPPED.glob("*/design.toml"))]

HARDEST = {
    *("one-letter", "four-family-names", "one-long-word", "without-a-space-120", "with-spaces-200"),
    *("chinese-200", "greek-polytonic", "arabic-with-vowels", "hebrew-with-digits", "tamil", "burmese"),
    *("tibetan", "thai", "japanese-kana", "stacked-marks", "emoji-joined", "mark-first", "line-breaks"),
    *("html", "template-object"),
}


def names_on(design: str) -> list[Name]:
    """Return the names to test in a design: all, or about 50, which differ between designs."""
    if os.environ.get("CORPUS") == "all":
        return list(names())
    turn = DESIGNS.index(design)
    return [
        name
        for number, name in enumerate(names())
        if number % len(DESIGNS) == turn or name.what in HARDEST
    ]


@cache
def renderer_of(design: str) -> Renderer:
    return Renderer(shipped_design(design))


@cache
def plain_renderer_of(design: str) -> Renderer:
    return Renderer(shipped_design(design), reuse_layouts=False)


class Badge:
    """A rendered badge of a test name in a design. Its layout is that of another badge, if possible."""

    def __init__(self, design: str, name: Name) -> None:
        self.renderer = renderer_of(design)
        self.name = name
        self.attendee = Attendee(
            id=ID,
            name=name.text,
            company="Wavelength Tech & Søns",
            type="speaker",
            title="Engineer",
            pronouns="they/them",
            design=design,
        )
        other = {"company": "Hebridean Distributed Systems", "title": "Dr"}
        # Caches a page of the same kind, with texts of other heights.
        self.renderer.lay_out(self.attendee.model_copy(update=other))
        self.laid_out: LaidOut = self.renderer.lay_out(self.attendee)
        # Read them now: the next badge reuses this page.
        self.places = list(places(self.laid_out.document))
        self.rendered: RenderedBadge = self.renderer.write(self.laid_out, self.attendee)
