"""Draw the page with Typst. One compiler is used for all badges, so that fonts are loaded once."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import typst

from badge_forge.rendering.fetching import FONTS
from benchmarks.page import FAMILY, Page, Shape

TEMPLATE = Path(__file__).with_name("badge.typ")


def drawer() -> Callable[[Page], bytes]:
    """Return a function that draws a page and returns its PDF."""
    compiler = typst.Compiler(TEMPLATE, font_paths=[FONTS], ignore_system_fonts=True)

    def draw(page: Page) -> bytes:
        badge = {
            "family": FAMILY,
            "width": page.width,
            "height": page.height,
            "rectangles": [asdict(each) for each in page.rectangles],
            "shapes": [{"box": asdict(each.box), "svg": _svg(each)} for each in page.shapes],
            "lines": [asdict(each) for each in page.lines],
        }
        # Untagged, like Badge Forge's badges: tags would take half of the time.
        pdf = compiler.compile(format="pdf", sys_inputs={"badge": json.dumps(badge)}, pdf_tags=False)
        assert isinstance(pdf, bytes)  # it returns None only if it is given a target
        return pdf

    return draw


def _svg(shape: Shape) -> str:
    width, height = shape.viewed
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'preserveAspectRatio="none"><path fill="{shape.box.color}" d="{shape.path}"/></svg>'
    )
