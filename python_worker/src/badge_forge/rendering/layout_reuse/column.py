"""Columns of texts, as CSS flexbox stacks them: moved when the texts in them get other heights.

A column that flexbox centres, say, need not be laid out again for another name: its items are put one
below the other, as flexbox itself would put them (CSS Flexible Box Layout, 9.5).
"""

from collections.abc import Iterator, Sequence
from math import inf
from typing import Any, Self

from badge_forge.rendering.weasyprint_internals import AbsolutePlaceholder, BlockBox, Dimension, FlexBox

SHARE_ABOVE = {"normal": 0, "flex-start": 0, "start": 0, "center": 0.5, "flex-end": 1, "end": 1}
"""By `justify-content`, how much of the free height is above the items."""

RIGID = {
    "flex_grow": (0,),
    "flex_shrink": (0,),
    "flex_basis": ("auto",),
    "order": (0,),
    "position": ("static",),
    "float": ("none",),
}
"""What keeps an item of a column as high as its content, and in its turn."""


class Column:
    """A flexbox whose items stand one below the other, with a height of its own."""

    def __init__(self, box: Any, items: Sequence[Any], above: float) -> None:
        self._box = box
        self._items = items
        self._above = above

    @classmethod
    def of(cls, box: Any) -> Self | None:
        """Return `box` as a column, or None if it is none, or one whose items can't just be moved."""
        style = box.style
        if not isinstance(box, FlexBox) or style["flex_direction"] != "column":
            return None
        justify = style["justify_content"]
        movable = (
            style["flex_wrap"] == "nowrap"
            and style["row_gap"] == "normal"
            and isinstance(style["height"], Dimension)
            and style["height"].unit != "%"  # of a height that may itself depend on the texts
            and len(justify) == 1
            and justify[0] in SHARE_ABOVE
            and all(_is_rigid(item) for item in box.children)
        )
        return cls(box, box.children, SHARE_ABOVE[justify[0]]) if movable else None

    def boxes(self) -> Iterator[Any]:
        """Yield the boxes that may become higher or lower: the items, or what is alone in them."""
        for item in self._items:
            yield item if not _holds_one(item) else item.children[0]

    def settle(self) -> bool:
        """Put each item in its place, now that they have other heights; tell whether there is room."""
        for item in self._items:
            if _holds_one(item):
                item.height = item.children[0].margin_height()
        free = self._box.height - sum(item.margin_height() for item in self._items)
        y = self._box.content_box_y() + self._above * free
        for item in self._items:
            item.translate(0, y - item.position_y)
            y += item.margin_height()
        return bool(free >= 0)


def _holds_one(item: Any) -> bool:
    return len(item.children) == 1 and type(item.children[0]) is BlockBox


def _is_rigid(item: Any) -> bool:
    """Tell whether an item of a column is as high as its content, and can be moved."""
    return (
        type(item) is BlockBox
        and all(item.style[name] in values for name, values in RIGID.items())
        and _has_free_height(item)
        and all(_can_move(box) for box in item.descendants(placeholders=True))
    )


def _has_free_height(item: Any) -> bool:
    style = item.style
    return (
        style["height"] == "auto"
        and style["min_height"] in ("auto", Dimension(0, "px"))
        and style["max_height"] == Dimension(inf, "px")
        and "auto" not in (style["margin_top"], style["margin_bottom"])
    )


def _can_move(box: Any) -> bool:
    """Tell whether a box has nothing that was placed on the page for itself."""
    return not (
        isinstance(box, AbsolutePlaceholder)
        or getattr(box, "background", None)
        or box.transformation_matrix
        or box.style["position"] != "static"
    )
