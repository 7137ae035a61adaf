"""Verify that a design draws its fitted texts as they were measured."""

from collections.abc import Iterator, Sequence
from typing import Any

from badge_forge.designs.design import TEMPLATE
from badge_forge.errors import DesignError
from badge_forge.rendering.result import Fit
from badge_forge.rendering.weasyprint_internals import Document, LineBox, TextBox, strut
from badge_forge.units import PX_PER_MM, PX_PER_PT

TOLERANCE_PX = 0.1 * PX_PER_MM


def require_room(document: Document, fits: Sequence[Fit]) -> None:
    """Raise `DesignError` if a fitted text is drawn wider or higher than its box.

    Texts are measured in their own style, so they fit. But a style sheet can still change a text when it
    is drawn, for example with `::before`, `::first-letter`, a style of `.line`, or `!important`.
    """
    for page in document.pages:
        for box in _fitted_boxes(page._page_box):
            fit = fits[int(box.element.get("data-fit"))]
            for drawn, room, direction in _extents(box, fit):
                if drawn > room + TOLERANCE_PX:
                    sizes = f"{drawn / PX_PER_MM:.1f} mm {direction}, its box {room / PX_PER_MM:.1f} mm"
                    raise DesignError(
                        f"{TEMPLATE}:{fit.line}: {fit.what} is {sizes}, because a style changes the "
                        "text after it was measured, for example one with !important, of .line, or of "
                        "::before; fix the design; the job will be retried"
                    )


def _extents(box: Any, fit: Fit) -> Iterator[tuple[float, float, str]]:
    """Yield the size of the drawn text and that of its box, in pixels, in both directions."""
    fitted = fit.fitted
    left, right = box.content_box_x(), box.content_box_x() + box.width
    size_px = fitted.size_pt * PX_PER_PT
    tops = set()  # a line with a style for the first line has two boxes
    for part in box.descendants():
        if isinstance(part, LineBox):
            tops.add(round(part.position_y))
        elif isinstance(part, TextBox):
            outside = max(left - part.position_x, part.position_x + part.width - right, 0)
            yield box.width + outside, box.width, "wide"
            yield part.width, fitted.width_pt * PX_PER_PT, "wide"
            size_px = max(size_px, part.style["font_size"])
    needed = fitted.height_pt * PX_PER_PT + size_px - fitted.size_pt * PX_PER_PT
    line_height, _baseline = strut(box.style)
    pitch = fitted.line_height_pt * PX_PER_PT
    grown = max(line_height, pitch) * max(len(tops), len(fitted.lines)) - pitch * len(fitted.lines)
    if isinstance(box.height, float | int):  # not so for an inline box
        yield needed + grown, box.padding_height(), "high"


def _fitted_boxes(box: Any) -> Iterator[Any]:
    """Yield the outermost box of each fitted text in `box`."""
    if box.element is not None and box.element.tag == "span" and "data-fit" in box.element.attrib:
        yield box
    else:
        for child in getattr(box, "children", ()):
            yield from _fitted_boxes(getattr(child, "_box", child))
