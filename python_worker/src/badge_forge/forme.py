"""Standing formes: pages that are laid out once, and then get other texts and pictures for each badge.

A forme is type and blocks locked up in a frame, ready for the press; a standing one is kept, to be used
again. Most of a badge's time would go into a layout that is the same as that of the badge before.
"""

from collections.abc import Callable, Sequence
from typing import Any, Self

from weasyprint.document import Document
from weasyprint.formatting_structure.boxes import ReplacedBox

from badge_forge.column import Column
from badge_forge.geometry import boxes_of
from badge_forge.lines import TextPlace, can_be_set
from badge_forge.proof import same_on_paper
from badge_forge.rendered import Fitted
from badge_forge.template import Filled

FORMES = 64
"""How many formes a renderer keeps; each takes a few hundred kilobytes."""

FRUITLESS = 32
"""After so many new formes in a row, none of them used again, a renderer gives up on them."""

type _Key = tuple[str, tuple[float, ...]]


class Forme:
    """A laid-out page that `Filled` templates with the same HTML share."""

    def __init__(
        self,
        document: Document,
        texts: Sequence[TextPlace],
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
        """Return `document`, laid out with room for the texts of `filled`, as a forme.

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
        return cls(document, list(map(TextPlace, holders)), pictures, columns)

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


class Formes:
    """The standing formes of a renderer.

    `lay_out` lays out a page: with room for its texts, or, if its second argument says so, with them.
    Unless the design is `proven`, the first pages of each kind are compared with those that have been
    laid out with their texts: CSS has more ways to depend on a text than could be listed.
    """

    def __init__(self, lay_out: Callable[[Filled, bool], Document], proven: bool = False) -> None:
        self._lay_out = lay_out
        self._proven = proven
        self._rigid: dict[str, tuple[int, ...] | None] = {}
        self._formes: dict[_Key, Forme] = {}
        self._proofs: set[object] = set()
        self._fruitless = 0

    def set(self, filled: Filled) -> Document:
        """Return the page of `filled`. It is good until the next one is set."""
        if self._fruitless > FRUITLESS:
            return self._lay_out(filled, True)
        forme, is_new = self._forme_of(filled)
        self._fruitless = self._fruitless + 1 if is_new else 0
        if forme and forme.set(filled):
            return self._proof_read(forme, filled, is_new)
        return self._lay_out(filled, True)

    def _forme_of(self, filled: Filled) -> tuple[Forme | None, bool]:
        """Return the forme of `filled`, if there can be one, and whether it is new."""
        if filled.html in self._rigid:
            rigid = self._rigid[filled.html]
            if rigid is None:
                return None, False
            forme = self._formes.get((filled.html, _heights(filled, rigid)))
            if forme:
                return (forme if forme.is_of(filled) else None), False
        forme = Forme.of(self._lay_out(filled, False), filled)
        self._keep(filled, forme)
        return forme, True

    def _proof_read(self, forme: Forme, filled: Filled, is_new: bool) -> Document:
        """Return the page of `forme`, or the one that `filled` is without it, if that is another.

        What can go wrong goes wrong with texts of more than one line, or when heights have changed.
        """
        wrapped = tuple(len(fit.fitted.lines) > 1 for fit in filled.fits)
        proof = filled.html, wrapped, is_new
        if self._proven or proof in self._proofs:
            return forme.document
        if not same_on_paper(forme.document, self._lay_out(filled, True)):
            self._rigid[filled.html] = None
            # Anew: drawing a page changes it where WeasyPrint cuts a text with an ellipsis.
            return self._lay_out(filled, True)
        self._proofs.add(proof)
        return forme.document

    def _keep(self, filled: Filled, forme: Forme | None) -> None:
        if len(self._formes) >= FORMES or len(self._rigid) >= FORMES:
            self._formes.clear()
            self._rigid.clear()
            self._proofs.clear()
        self._rigid[filled.html] = forme.rigid if forme else None
        if forme:
            self._formes[filled.html, _heights(filled, forme.rigid)] = forme


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
