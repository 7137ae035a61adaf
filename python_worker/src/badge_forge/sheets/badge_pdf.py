"""A badge's PDF: its bytes, and the facts that imposition needs."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from badge_forge.errors import SheetError
from badge_forge.files import read_regular
from badge_forge.text.text import counted
from badge_forge.units import PT_PER_MM as MM


class BadgePdf:
    """The PDF of a badge, in the regular file `path`.

    The bytes are not kept in memory, since there may be thousands of badges. Every read checks that the
    file has not changed since the first.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sha256: str | None = None

    def read(self) -> bytes:
        """Return the bytes of the file. Raises `SheetError` if it can't be read or has changed."""
        try:
            content = read_regular(self.path)
        except OSError as error:
            raise SheetError(f"can't read {self.path}: {error.strerror or error}") from error
        digest = hashlib.sha256(content).hexdigest()
        if self._sha256 not in (None, digest):
            raise SheetError(f"{self.path} changed while the sheets were written: write them again")
        self._sha256 = digest
        return content

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the file, in hex. Raises `SheetError` if it can't be read."""
        if self._sha256 is None:
            self.read()
        assert self._sha256 is not None
        return self._sha256

    def open(self) -> pikepdf.Pdf:
        """Open the PDF. Raises `SheetError` if it is not a valid PDF, or needs a password."""
        try:
            return pikepdf.open(io.BytesIO(self.read()))
        except pikepdf.PasswordError as error:
            raise SheetError(f"{self.path} is not a badge: it needs a password") from error
        except pikepdf.PdfError as error:
            raise SheetError(f"{self.path} is not a complete PDF") from error


@dataclass(frozen=True)
class BadgeFacts:
    """Facts from a badge's PDF. `id` and `design` are empty if Badge Forge did not make it."""

    id: str
    design: str
    width_mm: float
    height_mm: float
    bleed_mm: float
    pages: int
    variant: str

    @property
    def shape(self) -> tuple[object, ...]:
        """Return the facts that must be the same for all badges on a sheet."""
        return self.width_mm, self.height_mm, self.bleed_mm, self.pages, self.variant

    @property
    def described(self) -> str:
        """Describe the shape: "105 x 148 mm, 1 page, PDF/X-4"."""
        size = f"{self.width_mm:g} x {self.height_mm:g} mm, {counted(self.pages, 'page')}"
        return f"{size}, {self.variant.upper()}" if self.variant else size

    @classmethod
    def of(cls, pdf: pikepdf.Pdf) -> "BadgeFacts":
        """Read the facts of an open PDF. Raises `SheetError` if it can't be a badge."""
        if not pdf.pages or any("/Rotate" in page.obj or "/UserUnit" in page.obj for page in pdf.pages):
            raise SheetError("not a badge: the PDF has no pages, or rotated or scaled ones")
        page = pdf.pages[0]
        left, bottom, right, top = (float(side) for side in page.trimbox)
        if right - left < MM or top - bottom < MM:
            raise SheetError("not a badge: the PDF's page is smaller than 1 mm")
        bleed_left = float(page.obj.get("/BleedBox", page.trimbox)[0])
        return cls(
            id=str(pdf.docinfo.get("/Badge", "")),
            design=str(pdf.docinfo.get("/Design", "")),
            width_mm=round((right - left) / MM, 2),
            height_mm=round((top - bottom) / MM, 2),
            bleed_mm=round((left - bleed_left) / MM, 2),
            pages=len(pdf.pages),
            variant="pdf/x-4" if "/OutputIntents" in pdf.Root else "",
        )
