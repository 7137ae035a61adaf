"""Copy the objects that a page of a PDF needs, and check that they can be printed."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pikepdf
import pydyf

from badge_forge.rendering.pictures.picture import PictureError

MAX_OBJECTS = 20_000
"""The maximum number of objects of a page. Each badge contains them."""

NEEDED = ("/Resources", "/Group")

DROPPED = frozenset(
    ("/Parent", "/P", "/StructParent", "/StructParents", "/Metadata", "/PieceInfo", "/LastModified")
)
"""Entries that are not drawn, and refer to the rest of the document."""

FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")

RGB_SPACES = ("/DeviceRGB", "/CalRGB", "/RGB")

RGB_OPERATORS = ("rg", "RG")

type Piece = bytes | int
"""Bytes of a PDF, or the index of a copied object."""


class CopiedObjects:
    """The objects that a `form` refers to, and its resources.

    Raises `PictureError` if a font or other content is not in the PDF, and `for_press` for RGB.
    """

    def __init__(self, form: pikepdf.Object, for_press: bool) -> None:
        self._for_press = for_press
        self._indexes: dict[tuple[int, int], int] = {}
        self._sources: list[pikepdf.Object] = []
        self._check(form)
        self._entries = {name[1:]: list(self._pieces(form[name])) for name in NEEDED if name in form}
        self._bodies: list[tuple[Any, bytes | None]] = []
        for source in self._sources:  # grows, since bodies refer to further objects
            if len(self._sources) > MAX_OBJECTS:
                raise PictureError(f"its page has more than {MAX_OBJECTS} objects; simplify it")
            self._check(source)
            if isinstance(source, pikepdf.Stream):
                self._bodies.append((list(self._stream_entries(source)), source.read_raw_bytes()))
            else:
                self._bodies.append((list(self._direct(source)), None))

    def add_to(self, pdf: pydyf.PDF) -> dict[str, bytes]:
        """Add the objects to `pdf`, and return the entries of the form."""
        objects: list[Any] = [
            _CopiedObject() if data is None else pydyf.Stream([data]) for _body, data in self._bodies
        ]
        for each in objects:
            pdf.add_object(each)
        references = [each.reference for each in objects]

        def joined(pieces: Any) -> bytes:
            return b"".join(references[piece] if isinstance(piece, int) else piece for piece in pieces)

        for each, (body, data) in zip(objects, self._bodies, strict=True):
            if data is None:
                each.content = joined(body)
            else:
                each.extra = {name: joined(pieces) for name, pieces in body}
        return {name: joined(pieces) for name, pieces in self._entries.items()}

    def _pieces(self, value: Any) -> Iterator[Piece]:
        if isinstance(value, pikepdf.Object) and value.is_indirect:
            if value.objgen not in self._indexes:
                self._indexes[value.objgen] = len(self._sources)
                self._sources.append(value)
            yield self._indexes[value.objgen]
        else:
            yield from self._direct(value)

    def _direct(self, value: Any) -> Iterator[Piece]:
        if isinstance(value, pikepdf.Array):
            yield b"["
            for item in value:
                yield b" "
                yield from self._pieces(item)
            yield b"]"
        elif isinstance(value, pikepdf.Dictionary):
            yield b"<<"
            for name, item in value.items():
                if name not in DROPPED:
                    yield pikepdf.Name(name).unparse() + b" "
                    yield from self._pieces(item)
            yield b">>"
        elif isinstance(value, pikepdf.Object):
            if self._for_press and isinstance(value, pikepdf.Name) and value in RGB_SPACES:
                raise PictureError(RGB)
            yield value.unparse()
        else:
            yield _scalar(value)

    def _stream_entries(self, stream: pikepdf.Stream) -> Iterator[tuple[bytes, list[Piece]]]:
        for name, value in stream.items():
            if name not in DROPPED and name != "/Length":
                yield pikepdf.Name(name).unparse()[1:], list(self._pieces(value))

    def _check(self, source: pikepdf.Object) -> None:
        if isinstance(source, pikepdf.Stream) and "/F" in source:
            raise PictureError("the PDF has content in other files; embed it")
        if isinstance(source, pikepdf.Dictionary | pikepdf.Stream):
            if source.get("/Type") == "/FontDescriptor" and not any(
                name in source for name in FONT_FILES
            ):
                raise PictureError(
                    f"its font {source.get('/FontName')} is not embedded; embed all fonts"
                )
            if "/Ref" in source:
                raise PictureError("the PDF refers to another PDF; embed it")
        if self._for_press and isinstance(source, pikepdf.Stream):
            self._require_no_rgb(source)

    def _require_no_rgb(self, stream: pikepdf.Stream) -> None:
        if stream.get("/N") == 3:  # the profile of a color space
            raise PictureError(RGB)
        drawn = stream.get("/Subtype") == "/Form" or "/PatternType" in stream
        if drawn and any(
            str(instruction.operator) in RGB_OPERATORS
            for instruction in pikepdf.parse_content_stream(stream)
        ):
            raise PictureError(RGB)


RGB = "the PDF has RGB colors, which PDF/X-4 does not allow; export it in CMYK"


def _scalar(value: bool | int | Decimal | None) -> bytes:
    if value is None or isinstance(value, bool):
        return {True: b"true", False: b"false", None: b"null"}[value]
    return f"{value:f}".encode() if isinstance(value, Decimal) else str(value).encode()


class _CopiedObject(pydyf.Object):  # type: ignore[misc]
    content = b""

    @property
    def data(self) -> bytes:
        return self.content
