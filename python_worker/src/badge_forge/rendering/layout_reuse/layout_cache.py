"""Cache laid-out pages. A page is laid out once, and then receives the texts and images of each badge.

Layout takes most of a badge's time, and the result is the same for nearly all badges of a design.
"""

from collections.abc import Callable, Sequence
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
"""The number of layouts that a renderer keeps. Each takes a few hundred kilobytes."""

MAX_MISSES = 32
"""A renderer stops caching after more than this number of new layouts in a row."""

type _Key = tuple[str, tuple[float, ...]]


class CachedLayout:
    """A laid-out page, for all badges with the same HTML."""

    def __init__(
        self,
        document: Document,
        texts: Sequence[FittedTextBox],
        images: dict[str, list[Any]],
        columns: Sequence[Column],
    ) -> None:
        self.document = document
        self._texts = texts
        self._images = images
        self._columns = columns
        movable = {id(box) for column in self._columns for box in column.boxes()}
        self.fixed = tuple(index for index, text in enumerate(texts) if id(text.box) not in movable)
        """Indexes of the texts whose heights must not change, because the layout depends on them."""

    @classmethod
    def of(cls, document: Document, filled: Filled) -> Self | None:
        """Return `document` as a reusable layout, or None if only WeasyPrint can set its texts."""
        boxes = list(boxes_of(document))
        if document.metadata.attachments or any(map(_affects_lines, boxes)):
            return None
        texts = sorted(filter(_is_fitted, boxes), key=_index_of)
        if list(map(_index_of, texts)) != list(range(len(filled.fits))):
            return None
        if not all(can_be_set(box, fit.fitted) for box, fit in zip(texts, filled.fits, strict=True)):
            return None
        images = {
            url: [box for box in boxes if isinstance(box, ReplacedBox) and box.replacement is image]
            for url, image in filled.images.items()
        }
        if not all(images.values()):  # an image is not shown, or is a background
            return None
        columns = [column for column in map(Column.of, boxes) if column]
        return cls(document, list(map(FittedTextBox, texts)), images, columns)

    def has_images_of(self, filled: Filled) -> bool:
        """Tell whether the page shows images with the same URLs as those of `filled`."""
        return self._images.keys() == filled.images.keys()

    def set(self, filled: Filled) -> bool:
        """Insert texts and images of `filled`. Returns False if the texts overflow a column."""
        for text, fit in zip(self._texts, filled.fits, strict=True):
            text.resize(fit.fitted)
        if not all(column.move_items() for column in self._columns):
            return False
        for text, fit in zip(self._texts, filled.fits, strict=True):
            text.set(fit.fitted)
        for url, image in filled.images.items():
            for box in self._images[url]:
                box.replacement = image
        return True


@dataclass(frozen=True)
class ReusedPage:
    """A cached layout with the texts and images of a badge, valid until the next call of the cache.

    If it is not `verified`, call `LayoutCache.verify`. That verifies all pages of the same `kind`.
    """

    document: Document
    verified: bool
    kind: object


class LayoutCache:
    """The cached layouts of a renderer.

    Call `get` first. If it returns None and `wants` returns True, lay out a page with space for the
    texts, and call `add`. Call `verify` for pages that are not verified, since CSS has too many ways to
    depend on a text to detect all of them. A `trusted` design needs no verification. `copy` returns the
    documents to compare, since drawing changes them.
    """

    def __init__(
        self, trusted: bool = False, copy: Callable[[Document], Document] = Document.copy
    ) -> None:
        self._trusted = trusted
        self._copy = copy
        # By HTML: `CachedLayout.fixed`, or None if layouts of this HTML can't be reused.
        self._fixed: dict[str, tuple[int, ...] | None] = {}
        self._layouts: dict[_Key, CachedLayout] = {}
        self._verified: set[object] = set()
        self._misses = 0

    def get(self, filled: Filled) -> ReusedPage | None:
        """Return the page of `filled`, or None if no cached layout matches."""
        if self._gave_up or self.wants(filled):
            return None
        self._misses = 0
        key = self._key(filled)
        if key is None or not self._layouts[key].has_images_of(filled):
            return None
        return self._fill(self._layouts[key], filled, is_new=False)

    def wants(self, filled: Filled) -> bool:
        """Tell whether to `add` a layout with space for the texts of `filled`."""
        if self._gave_up:
            return False
        if filled.html not in self._fixed:
            return True
        key = self._key(filled)
        return key is not None and key not in self._layouts

    def add(self, filled: Filled, document: Document) -> ReusedPage | None:
        """Cache `document`, which has space for the texts of `filled`, and return the page of `filled`.

        Returns None if only WeasyPrint can set the texts correctly, or if they overflow a column.
        """
        self._misses += 1
        layout = CachedLayout.of(document, filled)
        self._keep(filled, layout)
        return self._fill(layout, filled, is_new=True) if layout else None

    def verify(self, page: ReusedPage, filled: Filled, plain: Document) -> bool:
        """Tell whether `page` draws the same as `plain`, the page of `filled` by plain WeasyPrint.

        If it does not, layouts with the HTML of `filled` are not reused again. Do not write `plain`
        afterwards: the comparison draws it, and drawing changes texts with a `text-overflow`.
        """
        same = same_drawing(self._copy(page.document), self._copy(plain))
        if same:
            self._verified.add(page.kind)
        else:
            self._fixed[filled.html] = None
        return same

    @property
    def _gave_up(self) -> bool:
        return self._misses > MAX_MISSES

    def _key(self, filled: Filled) -> _Key | None:
        """Return the key of the layout for `filled`, or None if layouts of its HTML can't be reused."""
        fixed = self._fixed[filled.html]
        return None if fixed is None else (filled.html, _heights(filled, fixed))

    def _fill(self, layout: CachedLayout, filled: Filled, is_new: bool) -> ReusedPage | None:
        """Return the page of `layout` with the texts of `filled`, or None if they overflow a column.

        Its kind is what can make it wrong: texts of several lines, and heights other than at layout.
        """
        if not layout.set(filled):
            return None
        kind = filled.html, tuple(len(fit.fitted.lines) > 1 for fit in filled.fits), is_new
        return ReusedPage(layout.document, self._trusted or kind in self._verified, kind)

    def _keep(self, filled: Filled, layout: CachedLayout | None) -> None:
        if len(self._layouts) >= MAX_LAYOUTS or len(self._fixed) >= MAX_LAYOUTS:
            self._layouts.clear()
            self._fixed.clear()
            self._verified.clear()
        self._fixed[filled.html] = layout.fixed if layout else None
        if layout:
            self._layouts[filled.html, _heights(filled, layout.fixed)] = layout


def _heights(filled: Filled, indexes: Sequence[int]) -> tuple[float, ...]:
    texts: list[Fitted] = [filled.fits[index].fitted for index in indexes]
    return tuple(length for text in texts for length in (text.height_pt, text.above_pt, text.below_pt))


def _is_fitted(box: Any) -> bool:
    return box.element is not None and box.element.tag == "span" and "data-fit" in box.element.attrib


def _index_of(box: Any) -> int:
    return int(box.element.get("data-fit"))


def _affects_lines(box: Any) -> bool:
    """Tell whether a box is a float, or has a style for its first line or letter."""
    return bool(box.first_letter_style or box.first_line_style or box.is_floated())
