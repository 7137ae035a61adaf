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
    # Set the height too, because a line box with two fonts is higher than its line-height.
    element.set(
        "style",
        f"{element.get('style')};height:{pitch * len(fitted.lines):.3f}pt;line-height:{pitch:.3f}pt;"
        f"font-size:{fitted.size_pt:g}pt;padding:{fitted.above_pt:.3f}pt 0 {fitted.below_pt:.3f}pt",
    )
