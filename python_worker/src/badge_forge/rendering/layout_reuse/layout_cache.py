"""A cache of laid-out pages: a page is laid out once, then gets the texts and pictures of each badge.

Layout is most of the cost of a badge, and it is the same for nearly all badges of a design.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class ReusedPage:
    """A cached layout with the texts and pictures of a badge, good until the cache is asked again.

    Unless it is `verified`, compare it with the page that WeasyPrint lays out: see `LayoutCache.verify`.
    """

    document: Document
    verified: bool
    kind: object


class LayoutCache:
    """The cached layouts of a renderer, which lays out the pages.

    Ask `get` first. If it has no page but `wants` a layout, lay out the page with room for its texts and
    `add` it. Unless the design is `trusted`, the first pages of each kind have to be compared with those
    of WeasyPrint, by `verify`: CSS has more ways to depend on a text than could be listed.
    """

    def __init__(self, trusted: bool = False) -> None:
        self._trusted = trusted
        # By HTML: the texts whose heights its layouts depend on, or None if they can't be reused.
        self._rigid: dict[str, tuple[int, ...] | None] = {}
        self._layouts: dict[_Key, CachedLayout] = {}
        self._verified: set[object] = set()
        self._misses = 0

    def get(self, filled: Filled) -> ReusedPage | None:
        """Return the page of `filled`, or None if no cached layout serves."""
        if self._gave_up or self.wants(filled):
            return None
        self._misses = 0
        key = self._key(filled)
        if key is None or not self._layouts[key].is_of(filled):
            return None
        return self._fill(self._layouts[key], filled, is_new=False)

    def wants(self, filled: Filled) -> bool:
        """Tell whether a layout with room for the texts of `filled` is worth adding."""
        if self._gave_up:
            return False
        if filled.html not in self._rigid:
            return True
        key = self._key(filled)
        return key is not None and key not in self._layouts

    def add(self, filled: Filled, document: Document) -> ReusedPage | None:
        """Keep `document`, which has room for the texts of `filled`, and return the page of `filled`.

        Returns None if only WeasyPrint's own layout can set the texts, or if there is no room for them.
        """
        self._misses += 1
        layout = CachedLayout.of(document, filled)
        self._keep(filled, layout)
        return self._fill(layout, filled, is_new=True) if layout else None

    def verify(self, page: ReusedPage, filled: Filled, plain: Document) -> bool:
        """Tell whether `page` draws what `plain` does, the page of `filled` that WeasyPrint laid out.

        If it does not, layouts with the HTML of `filled` are not reused again. Do not write `plain`
        afterwards: to compare a page it is drawn, which changes texts that WeasyPrint cuts short.
        """
        same = same_drawing(page.document, plain)
        if same:
            self._verified.add(page.kind)
        else:
            self._rigid[filled.html] = None
        return same

    @property
    def _gave_up(self) -> bool:
        return self._misses > MAX_MISSES

    def _key(self, filled: Filled) -> _Key | None:
        """Return the key of the layout for `filled`, or None if its layouts can't be reused."""
        rigid = self._rigid[filled.html]
        return None if rigid is None else (filled.html, _heights(filled, rigid))

    def _fill(self, layout: CachedLayout, filled: Filled, is_new: bool) -> ReusedPage | None:
        """Return the page of `layout` with the texts of `filled`, or None if there is no room for them.

        What can go wrong goes wrong with texts of more than one line, or when heights have changed.
        """
        if not layout.set(filled):
            return None
        kind = filled.html, tuple(len(fit.fitted.lines) > 1 for fit in filled.fits), is_new
        return ReusedPage(layout.document, self._trusted or kind in self._verified, kind)

    def _keep(self, filled: Filled, layout: CachedLayout | None) -> None:
        if len(self._layouts) >= MAX_LAYOUTS or len(self._rigid) >= MAX_LAYOUTS:
            self._layouts.clear()
            self._rigid.clear()
            self._verified.clear()
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
