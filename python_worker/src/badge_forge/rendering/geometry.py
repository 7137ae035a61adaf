"""Find the boxes of a laid-out badge, and the positions of its texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from badge_forge.rendering.weasyprint_internals import Document, TextBox, rectangle_aabb
from badge_forge.units import PX_PER_MM

TOLERANCE_MM = 0.1


@dataclass(frozen=True)
class Rectangle:
    """A rectangle on a page, in mm. The origin is the top left corner of the trimmed page."""

    left: float
    top: float
    right: float
    bottom: float

    def within(self, other: "Rectangle", tolerance_mm: float = TOLERANCE_MM) -> bool:
        """Tell whether this rectangle is inside `other`."""
        return (
            self.left >= other.left - tolerance_mm
            and self.top >= other.top - tolerance_mm
            and self.right <= other.right + tolerance_mm
            and self.bottom <= other.bottom + tolerance_mm
        )

    def overlaps(self, other: "Rectangle", tolerance_mm: float = TOLERANCE_MM) -> bool:
        """Tell whether this rectangle overlaps `other`."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > tolerance_mm
            and min(self.bottom, other.bottom) - max(self.top, other.top) > tolerance_mm
        )


@dataclass(frozen=True)
class Place:
    """The position of a text: the page (from 0), and its rectangle.

    `containers` are the page and the boxes with a fixed height around the text. `fit` is the index of a
    fitted text, or None for any other text.
    """

    page: int
    rectangle: Rectangle
    containers: tuple[Rectangle, ...]
    fit: int | None
    text: str


def boxes_of(document: Document) -> Iterator[Any]:
    """Yield all boxes of `document`: for a placeholder, the absolutely positioned box."""
    for page in document.pages:
        for box in page._page_box.descendants(placeholders=True):
            yield getattr(box, "_box", box)


def places(document: Document) -> Iterator[Place]:
    """Yield the position of each fitted text and of each other text box of `document`."""
    for number, page in enumerate(document.pages):
        whole = Rectangle(0, 0, page.width / PX_PER_MM, page.height / PX_PER_MM)
        for child in page._page_box.children:
            yield from _places(child, number, None, (whole,))


def _places(box: Any, page: int, matrix: Any, containers: tuple[Rectangle, ...]) -> Iterator[Place]:
    if box.transformation_matrix:
        matrix = box.transformation_matrix @ matrix if matrix else box.transformation_matrix
    fit = box.element.get("data-fit") if box.element is not None else None
    if fit is not None or isinstance(box, TextBox):
        text = box.text if isinstance(box, TextBox) else "".join(box.element.itertext())
        number = None if fit is None else int(fit)
        yield Place(page, _rectangle(box, matrix), containers, number, text)
    elif hasattr(box, "children"):
        if box.element_tag not in ("html", "body") and box.style["height"] != "auto":
            containers = (*containers, _rectangle(box, matrix))
        for child in box.children:
            yield from _places(child, page, matrix, containers)


def _rectangle(box: Any, matrix: Any) -> Rectangle:
    sides = rectangle_aabb(
        matrix, box.border_box_x(), box.border_box_y(), box.border_width(), box.border_height()
    )
    return Rectangle(*(side / PX_PER_MM for side in sides))
