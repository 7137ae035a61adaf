"""Write a PDF object by object, without keeping written objects in memory.

Why not pikepdf: it holds all objects until it saves. 2,000 badges take 209 MB with it, and 48 MB here.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import pikepdf

type Copied = dict[tuple[int, int], int]
"""Maps the object numbers of a source PDF to those in the written PDF."""

UNUSED = f"{0:010} 65535 f \n"
"""The entry of an object that does not exist, in the cross-reference table."""


@contextmanager
def replacing(output: Path) -> Iterator[BinaryIO]:
    """Yield a temporary file that replaces `output` at the end of the block, unless the block raises.

    Only the owner can read it.
    """
    descriptor, temporary = tempfile.mkstemp(dir=output.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(temporary).replace(output)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class PdfWriter:
    """Writes a PDF 1.7 file (ISO 32000-1, 7.5) to `file`, page by page.

    Copied objects with the same content are written once, such as the background of all badges.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0
        self._digest = hashlib.md5(usedforsecurity=False)
        self._offsets: dict[int, int] = {}
        self._pages: list[int] = []
        self._written: dict[bytes, int] = {}
        self._unused: list[int] = []
        self._catalog, self._tree = 1, 2
        self._next = 3
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def copy(self, source: pikepdf.Object, copied: Copied) -> int:
        """Write the indirect object `source` and the objects it refers to. Return its new number.

        Objects that are in `copied` are not written again; new ones are added to it.
        """
        key = source.objgen
        if key not in copied:
            copied[key] = number = self._number()  # the object may refer to itself
            copied[key] = self._write_once(number, self._body(source, copied))
        return copied[key]

    def copy_stream(self, source: pikepdf.Object, copied: Copied) -> int:
        """Write a new stream, which has no object number yet, and the objects it refers to.

        Return its number.
        """
        return self._write_once(self._number(), self._body(source, copied))

    def add_page(self, size: tuple[float, float], content: bytes, forms: Mapping[str, int]) -> None:
        """Write a page of `size` in points. Its `content` draws `forms`, object numbers by name."""
        stream = self._number()
        self._write_object(stream, b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        box = f"[0 0 {size[0]:.3f} {size[1]:.3f}]"
        names = " ".join(f"{name} {number} 0 R" for name, number in forms.items())
        page = self._number()
        self._pages.append(page)
        text = (
            f"<</Type/Page/Parent {self._tree} 0 R/MediaBox {box}/TrimBox {box}/BleedBox {box}"
            f"/Contents {stream} 0 R/Resources<</XObject<<{names}>>>>>>"
        )
        self._write_object(page, text.encode())

    def close(self, catalog: Mapping[str, int], info: int | None) -> None:
        """Write the page tree, the catalog, the cross-reference table and the trailer.

        `catalog` has further entries of the catalog, such as /OutputIntents, by object number. `info` is
        the number of the information dictionary.
        """
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        tree = f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]>>"
        self._write_object(self._tree, tree.encode())
        extra = "".join(f"{name} {number} 0 R" for name, number in catalog.items())
        root = f"<</Type/Catalog/Pages {self._tree} 0 R/ViewerPreferences<</PrintScaling/None>>{extra}>>"
        self._write_object(self._catalog, root.encode())
        start = self._position
        lines = [
            f"{self._offsets[number]:010} 00000 n \n" if number in self._offsets else UNUSED
            for number in range(1, self._next)
        ]
        self._write(f"xref\n0 {self._next}\n0000000000 65535 f \n{''.join(lines)}".encode())
        identity = self._digest.hexdigest()
        about = "" if info is None else f"/Info {info} 0 R"
        trailer = f"<</Size {self._next}/Root {self._catalog} 0 R{about}/ID[<{identity}><{identity}>]>>"
        self._write(f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode())

    def _body(self, source: pikepdf.Object, copied: Copied) -> bytes:
        if not isinstance(source, pikepdf.Stream):
            return self._direct(source, copied)
        content = source.read_raw_bytes()
        items = [(name, value) for name, value in source.items() if name != "/Length"]
        head = self._dictionary([*items, ("/Length", len(content))], copied)
        return head + b"stream\n" + content + b"\nendstream"

    def _value(self, value: object, copied: Copied) -> bytes:
        if isinstance(value, pikepdf.Object) and value.is_indirect:
            return f"{self.copy(value, copied)} 0 R".encode()
        return self._direct(value, copied)

    def _direct(self, value: object, copied: Copied) -> bytes:
        if isinstance(value, pikepdf.Array):
            return b"[" + b" ".join(self._value(item, copied) for item in value) + b"]"
        if isinstance(value, pikepdf.Dictionary):
            return self._dictionary(value.items(), copied)
        if isinstance(value, pikepdf.Object):
            return value.unparse()
        if isinstance(value, bool) or value is None:
            return {True: b"true", False: b"false", None: b"null"}[value]
        assert isinstance(value, int | Decimal)
        return f"{value:f}".encode() if isinstance(value, Decimal) else str(value).encode()

    def _dictionary(self, items: Iterable[tuple[str, object]], copied: Copied) -> bytes:
        entries: Sequence[bytes] = [
            pikepdf.Name(name).unparse() + b" " + self._value(value, copied) for name, value in items
        ]
        return b"<<" + b" ".join(entries) + b">>"

    def _write_once(self, number: int, body: bytes) -> int:
        """Write an object, unless one with the same `body` exists. Return the number of that in the PDF.

        The objects that `body` refers to were written first, so those with the same content have the
        same number.
        """
        digest = hashlib.blake2b(body, digest_size=16).digest()
        if digest in self._written:
            self._unused.append(number)
        else:
            self._written[digest] = number
            self._write_object(number, body)
        return self._written[digest]

    def _number(self) -> int:
        if self._unused:
            return self._unused.pop()
        number = self._next
        self._next += 1
        return number

    def _write_object(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._position
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._digest.update(content)
        self._position += len(content)
