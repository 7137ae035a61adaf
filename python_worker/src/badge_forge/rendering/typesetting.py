"""Put fitted texts into the HTML of a page, or only reserve space for them."""

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import SubElement

from badge_forge.rendering.result import Fitted


def make_room(page: Any, texts: Sequence[Fitted]) -> None:
    """Set the sizes of the boxes of `texts` in `page`, a parsed HTML tree. The boxes stay empty."""
    for element, fitted in _boxes(page, texts):
        _style(element, fitted)


def set_in_html(page: Any, texts: Sequence[Fitted]) -> None:
    """Put `texts` into their boxes in `page`, a parsed HTML tree, and set the sizes of the boxes."""
    for element, fitted in _boxes(page, texts):
        _style(element, fitted)
        if len(fitted.lines) == 1:  # without a box for the line, layout is faster
            element.text = fitted.lines[0]
            continue
        for line in fitted.lines:
            style = f"height:{fitted.line_height_pt:.3f}pt"
            SubElement(element, "span", {"class": "line", "style": style}).text = line


def _boxes(page: Any, texts: Sequence[Fitted]) -> Iterator[tuple[Any, Fitted]]:
    for element in page.iter("span"):
        number = element.get("data-fit")
        if number is not None:
            yield element, texts[int(number)]


def _style(element: Any, fitted: Fitted) -> None:
    pitch = fitted.line_height_pt
    element.set("lang", fitted.language)
    padding = (fitted.above_pt, fitted.right_pt, fitted.below_pt, fitted.left_pt)
    # Set the height too, because a line box with two fonts is higher than its line-height. The lines are
    # already transformed, and transforming the parts of a broken word again gives it two capitals.
    element.set(
        "style",
        f"{element.get('style')};width:{fitted.width_pt:.3f}pt;height:{pitch * len(fitted.lines):.3f}pt;"
        f"line-height:{pitch:.3f}pt;font-size:{fitted.size_pt:g}pt;box-sizing:content-box;"
        f"padding:{' '.join(f'{length:.3f}pt' for length in padding)};text-transform:none",
    )
