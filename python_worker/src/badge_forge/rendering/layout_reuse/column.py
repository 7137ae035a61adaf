"""Move the items of a flexbox column when the texts in them change their heights.

The items get the positions that flexbox would give them (CSS Flexible Box Layout, 9.5). So a column,
for example a centered one, does not have to be laid out again for another name.
"""

from collections.abc import Iterator, Sequence
from math import inf
from typing import Any, Self

from badge_forge.rendering.weasyprint_internals import AbsolutePlaceholder, BlockBox, Dimension, FlexBox

SHARE_ABOVE = {"normal": 0, "flex-start": 0, "start": 0, "center": 0.5, "flex-end": 1, "end": 1}
"""The share of the free height that is above the items, by `justify-content`."""

MOVABLE = {
    "flex_grow": (0,),
    "flex_shrink": (0,),
    "flex_basis": ("auto",),
    "order": (0,),
    "position": ("static",),
    "float": ("none",),
}
"""The styles of an item that is as high as its content, and in document order."""


class Column:
    """A flex container with the direction `column` and a fixed height."""

    def __init__(self, box: Any, items: Sequence[Any], above: float) -> None:
        self._box = box
        self._items = items
        self._above = above

    @classmethod
    def of(cls, box: Any) -> Self | None:
        """Return `box` as a column, or None if it is not a column, or not one with movable items."""
        style = box.style
        if not isinstance(box, FlexBox) or style["flex_direction"] != "column":
            return None
        justify = style["justify_content"]
        movable = (
            style["flex_wrap"] == "nowrap"
            and style["row_gap"] == "normal"
            and isinstance(style["height"], Dimension)
            and style["height"].unit != "%"  # a percentage may depend on the texts
            and len(justify) == 1
            and justify[0] in SHARE_ABOVE
            and all(_is_movable(item) for item in box.children)
        )
        return cls(box, box.children, SHARE_ABOVE[justify[0]]) if movable else None

    def boxes(self) -> Iterator[Any]:
        """Yield the boxes whose heights can change: the items, or the only block in an item."""
        for item in self._items:
            yield item if not _has_one_block(item) else item.children[0]

    def move_items(self) -> bool:
        """Move the items according to their new heights. Returns False if they overflow the column."""
        for item in self._items:
            if _has_one_block(item):
                item.height = item.children[0].margin_height()
        free = self._box.height - sum(item.margin_height() for item in self._items)
        y = self._box.content_box_y() + self._above * free
        for item in self._items:
            item.translate(0, y - item.position_y)
            y += item.margin_height()
        return bool(free >= 0)


def _has_one_block(item: Any) -> bool:
    return len(item.children) == 1 and type(item.children[0]) is BlockBox


def _is_movable(item: Any) -> bool:
    """Tell whether an item is as high as its content, and can be moved."""
    return (
        type(item) is BlockBox
        and all(item.style[name] in values for name, values in MOVABLE.items())
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
    """Tell whether `translate` moves a box completely. It does not move backgrounds and transforms."""
    return not (
        isinstance(box, AbsolutePlaceholder)
        or getattr(box, "background", None)
        or box.transformation_matrix
        or box.style["position"] != "static"
    )
