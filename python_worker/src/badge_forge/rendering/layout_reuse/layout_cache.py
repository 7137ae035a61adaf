"""A cache of laid-out pages: a page is laid out once, then gets the texts and pictures of each badge.

Layout is most of the cost of a badge, and it is the same for nearly all badges of a design.
"""

from collections.abc import Callable, Sequence
from typing import Any, Self

from badge_forge.rendering.geometry import boxes_of
from badge_forge.rendering.layout_reuse.column import Column
from badge_forge.rendering.layout_reuse.comparison import same_drawing
from badge_forge.rendering.layout_reuse.text_box import FittedTextBox, can_be_set
from badge_forge.rendering.result import Fitted
from badge_forge.rendering.template import Filled
from badge_forge.rendering.weasyprint_internals import Document, ReplacedBox

MAX_LAYOUTS = 64
"""The number of layouts that a renderer keeps; each takes a few hundred kilobytes."""

MAX_MISSES = 32
"""After this many new layouts in a row, none of them reused, a renderer stops caching."""

type _Key = tuple[str, tuple[float, ...]]


class CachedLayout:
    """A laid-out page that `Filled` templates with the same HTML share."""

    def __init__(
        self,
        document: Document,
        texts: Sequence[FittedTextBox],
        pictures: dict[str, list[Any]],
        columns: Sequence[Column],
    ) -> None:
        self.document = document
        self._texts = texts
        self._pictures = pictures
        self._columns = columns
        movable = {id(box) for column in self._columns for box in column.boxes()}
        self.rigid = tuple(number for number, place in enumerate(texts) if id(place.box) not in movable)
        """The numbers of the texts whose heights the layout of the page depends on."""

    @classmethod
    def of(cls, document: Document, filled: Filled) -> Self | None:
        """Return `document`, laid out with room for the texts of `filled`, as a layout to reuse.

        Returns None if only WeasyPrint's own layout can set the texts.
        """
        boxes = list(boxes_of(document))
        if document.metadata.attachments or any(map(_is_beyond_us, boxes)):
            return None
        holders = sorted(filter(_holds_text, boxes), key=_number_of)
        if list(map(_number_of, holders)) != list(range(len(filled.fits))):
            return None
        if not all(can_be_set(box, fit.fitted) for box, fit in zip(holders, filled.fits, strict=True)):
            return None
        pictures = {
            url: [box for box in boxes if isinstance(box, ReplacedBox) and box.replacement is image]
            for url, image in filled.images.items()
        }
        if not all(pictures.values()):  # one that is not shown, or shown as a background
            return None
        columns = [column for column in map(Column.of, boxes) if column]
        return cls(document, list(map(FittedTextBox, holders)), pictures, columns)

    def is_of(self, filled: Filled) -> bool:
        """Tell whether the pictures of `filled` are by name those that this page shows."""
        return self._pictures.keys() == filled.images.keys()

    def set(self, filled: Filled) -> bool:
        """Set texts and pictures of `filled`; tell whether there is room for them."""
        for place, fit in zip(self._texts, filled.fits, strict=True):
            place.resize(fit.fitted)
        if not all(column.settle() for column in self._columns):
            return False
        for place, fit in zip(self._texts, filled.fits, strict=True):
            place.set(fit.fitted)
        for url, image in filled.images.items():
            for box in self._pictures[url]:
                box.replacement = image
        return True


class LayoutCache:
    """The cached layouts of a renderer.

    `lay_out` lays out a page: with room for its texts, or, if its second argument says so, with them.
    Unless the design is `trusted`, the first pages of each kind are compared with those that have been
    laid out with their texts: CSS has more ways to depend on a text than could be listed.
    """

    def __init__(self, lay_out: Callable[[Filled, bool], Document], trusted: bool = False) -> None:
        self._lay_out = lay_out
        self._trusted = trusted
        self._rigid: dict[str, tuple[int, ...] | None] = {}
        self._layouts: dict[_Key, CachedLayout] = {}
        self._compared: set[object] = set()
        self._misses = 0

    def set(self, filled: Filled) -> Document:
        """Return the page of `filled`. It is good until the next one is set."""
        if self._misses > MAX_MISSES:
            return self._lay_out(filled, True)
        layout, is_new = self._layout_for(filled)
        self._misses = self._misses + 1 if is_new else 0
        if layout and layout.set(filled):
            return self._compared_once(layout, filled, is_new)
        return self._lay_out(filled, True)

    def _layout_for(self, filled: Filled) -> tuple[CachedLayout | None, bool]:
        """Return the layout for `filled`, if there can be one, and whether it is new."""
        if filled.html in self._rigid:
            rigid = self._rigid[filled.html]
            if rigid is None:
                return None, False
            layout = self._layouts.get((filled.html, _heights(filled, rigid)))
            if layout:
                return (layout if layout.is_of(filled) else None), False
        layout = CachedLayout.of(self._lay_out(filled, False), filled)
        self._keep(filled, layout)
        return layout, True

    def _compared_once(self, layout: CachedLayout, filled: Filled, is_new: bool) -> Document:
        """Return the page of `layout`, or the one that `filled` is without it, if that is another.

        What can go wrong goes wrong with texts of more than one line, or when heights have changed.
        """
        wrapped = tuple(len(fit.fitted.lines) > 1 for fit in filled.fits)
        kind = filled.html, wrapped, is_new
        if self._trusted or kind in self._compared:
            return layout.document
        if not same_drawing(layout.document, self._lay_out(filled, True)):
            self._rigid[filled.html] = None
            # Once more: drawing a page changes it where WeasyPrint cuts a text with an ellipsis.
            return self._lay_out(filled, True)
        self._compared.add(kind)
        return layout.document

    def _keep(self, filled: Filled, layout: CachedLayout | None) -> None:
        if len(self._layouts) >= MAX_LAYOUTS or len(self._rigid) >= MAX_LAYOUTS:
            self._layouts.clear()
            self._rigid.clear()
            self._compared.clear()
        self._rigid[filled.html] = layout.rigid if layout else None
        if layout:
            self._layouts[filled.html, _heights(filled, layout.rigid)] = layout


def _heights(filled: Filled, numbers: Sequence[int]) -> tuple[float, ...]:
    texts: list[Fitted] = [filled.fits[number].fitted for number in numbers]
    return tuple(length for text in texts for length in (text.height_pt, text.above_pt, text.below_pt))


def _holds_text(box: Any) -> bool:
    return box.element is not None and box.element.tag == "span" and "data-fit" in box.element.attrib


def _number_of(box: Any) -> int:
    return int(box.element.get("data-fit"))


def _is_beyond_us(box: Any) -> bool:
    """Tell whether a box makes lines go round it, or has lines that are not all alike."""
    return bool(box.first_letter_style or box.first_line_style or box.is_floated())
