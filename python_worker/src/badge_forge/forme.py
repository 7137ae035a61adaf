"""Standing formes: pages that are laid out once, and then get other texts and pictures for each badge.

A forme is type and blocks locked up in a frame, ready for the press; a standing one is kept, to be used
again. Most of a badge's time would go into a layout that is the same as that of the badge before.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

from weasyprint.document import Document
from weasyprint.formatting_structure.boxes import ReplacedBox
from weasyprint.layout.absolute import AbsolutePlaceholder

from badge_forge.column import Column
from badge_forge.fitting import Fitted
from badge_forge.lines import TextPlace, can_be_set
from badge_forge.template import Filled

FORMES = 64
"""How many formes a renderer keeps; each takes a few hundred kilobytes."""


class Forme:
    """A laid-out page that `Filled` templates with the same HTML share."""

    def __init__(
        self, document: Document, texts: Sequence[TextPlace], pictures: dict[str, list[Any]]
    ) -> None:
        self.document = document
        self._texts = texts
        self._pictures = pictures
        self._columns = _columns(document)
        movable = {id(box) for column in self._columns for box in column.boxes()}
        self.rigid = tuple(number for number, place in enumerate(texts) if id(place.box) not in movable)
        """The numbers of the texts whose heights the layout of the page depends on."""

    @classmethod
    def of(cls, document: Document, filled: Filled) -> Self | None:
        """Return `document`, laid out with room for the texts of `filled`, as a forme.

        Returns None if only WeasyPrint's own layout can set the texts.
        """
        boxes = list(_all_boxes(document))
        if any(box.first_letter_style or box.first_line_style for box in boxes):
            return None
        found = {int(box.element.get("data-fit")): box for box in boxes if _holds_text(box)}
        fits = [fit.fitted for fit in filled.fits]
        if len(found) != sum(map(_holds_text, boxes)) or sorted(found) != list(range(len(fits))):
            return None
        if not all(can_be_set(found[number], fitted) for number, fitted in enumerate(fits)):
            return None
        pictures: dict[str, list[Any]] = {url: [] for url in filled.images}
        for box in boxes:
            for url, image in filled.images.items():
                if isinstance(box, ReplacedBox) and box.replacement is image:
                    pictures[url].append(box)
        return cls(document, [TextPlace(found[number]) for number in range(len(fits))], pictures)

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


class Formes:
    """The standing formes of a renderer.

    `lay_out` lays out a page: with room for its texts, or, if its second argument says so, with them.
    """

    def __init__(self, lay_out: Callable[[Filled, bool], Document]) -> None:
        self._lay_out = lay_out
        self._rigid: dict[str, tuple[int, ...] | None] = {}
        self._formes: dict[tuple[str, tuple[float, ...]], Forme] = {}

    def set(self, filled: Filled) -> Document:
        """Return the page of `filled`. It is good until the next one is set."""
        if filled.html in self._rigid:
            rigid = self._rigid[filled.html]
            forme = None if rigid is None else self._formes.get((filled.html, _heights(filled, rigid)))
            if forme and forme.set(filled):
                return forme.document
            if forme or rigid is None:
                return self._lay_out(filled, True)
        forme = Forme.of(self._lay_out(filled, False), filled)
        self._keep(filled, forme)
        return forme.document if forme and forme.set(filled) else self._lay_out(filled, True)

    def _keep(self, filled: Filled, forme: Forme | None) -> None:
        if len(self._formes) >= FORMES or len(self._rigid) >= FORMES:
            self._formes.clear()
            self._rigid.clear()
        self._rigid[filled.html] = forme.rigid if forme else None
        if forme:
            self._formes[filled.html, _heights(filled, forme.rigid)] = forme


def _heights(filled: Filled, numbers: Sequence[int]) -> tuple[float, ...]:
    texts: list[Fitted] = [filled.fits[number].fitted for number in numbers]
    return tuple(length for text in texts for length in (text.height_pt, text.above_pt, text.below_pt))


def _columns(document: Document) -> list[Column]:
    found = (Column.of(box) for box in _all_boxes(document))
    return [column for column in found if column]


def _all_boxes(document: Document) -> Iterator[Any]:
    for page in document.pages:
        yield from _descendants(page._page_box)


def _descendants(box: Any) -> Iterator[Any]:
    if isinstance(box, AbsolutePlaceholder):
        box = box._box
    yield box
    for child in getattr(box, "children", ()):
        yield from _descendants(child)


def _holds_text(box: Any) -> bool:
    return box.element is not None and box.element.get("data-fit") is not None
