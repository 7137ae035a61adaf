"""Every shipped design, and every test name on it, rendered once."""

from functools import cache

import pytest

from badge_forge.attendee import Attendee
from badge_forge.checks.names import Name, names
from badge_forge.designs.design import SHIPPED
from badge_forge.rendering.geometry import places
from badge_forge.rendering.renderer import LaidOut, Renderer
from badge_forge.rendering.result import RenderedBadge
from helpers import shipped_design

ID = "7bfb7c39-c354-4cce-ad5b-f1be2814b17e"

DESIGNS = [path.parent.name for path in sorted(SHIPPED.glob("*/design.toml"))]


@cache
def renderer_of(design: str) -> Renderer:
    return Renderer(shipped_design(design))


@cache
def plain_renderer_of(design: str) -> Renderer:
    return Renderer(shipped_design(design), reuse_layouts=False)


class Badge:
    """The badge of a test name in a design."""

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
        self.laid_out: LaidOut = self.renderer.lay_out(self.attendee)
        # Now: the page is used again for the next badge.
        self.places = list(places(self.laid_out.document))
        self.rendered: RenderedBadge = self.renderer.write(self.laid_out, self.attendee)


@pytest.fixture(
    scope="module",
    params=[(design, name) for design in DESIGNS for name in names()],
    ids=lambda param: f"{param[0]}-{param[1].what}",
)
def badge(request: pytest.FixtureRequest) -> Badge:
    """Each badge in turn: all tests look at one before the next is rendered."""
    return Badge(*request.param)
