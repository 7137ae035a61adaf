"""A badge's PDF, as a sheet takes it: what it is, and its bytes."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from badge_forge.errors import SheetError
from badge_forge.files import read_regular
from badge_forge.units import PT_PER_MM as MM


class BadgePdf:
    """The PDF of a badge, in the file `path`, which is no link.

    Its bytes are not kept, those of thousands of badges would be too many. So each time that it is read
    it has to be what it was the first time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sha256: str | None = None

    def read(self) -> bytes:
        """Return the file's bytes. Raises `SheetError`, also if they were others the first time."""
        try:
            content = read_regular(self.path)
        except OSError as error:
            raise SheetError(f"can't read {self.path}: {error.strerror or error}") from error
        digest = hashlib.sha256(content).hexdigest()
        if self._sha256 not in (None, digest):
            raise SheetError(f"{self.path} was changed while it was being laid: lay the sheets anew")
        self._sha256 = digest
        return content

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the file, in hex. Raises `SheetError`."""
        if self._sha256 is None:
            self.read()
        assert self._sha256 is not None
        return self._sha256

    def open(self) -> pikepdf.Pdf:
        """Open the PDF. Raises `SheetError` if it is none."""
        try:
            return pikepdf.open(io.BytesIO(self.read()))
        except pikepdf.PasswordError as error:
            raise SheetError(f"{self.path} needs a password: no badge does") from error
        except pikepdf.PdfError as error:
            raise SheetError(f"{self.path} is no whole PDF") from error


@dataclass(frozen=True)
class BadgeFacts:
    """What a badge's PDF says of itself. Id and design are empty if it is not one of ours."""

    id: str
    design: str
    width_mm: float
    height_mm: float
    bleed_mm: float
    pages: int
    variant: str

    @property
    def shape(self) -> tuple[object, ...]:
        """Return what badges on one sheet have to have in common."""
        return self.width_mm, self.height_mm, self.bleed_mm, self.pages, self.variant

    @property
    def described(self) -> str:
        """Return the shape in words."""
        pages = f"{self.pages} page{'s' if self.pages > 1 else ''}"
        size = f"{self.width_mm:g} x {self.height_mm:g} mm, {pages}"
        return f"{size}, {self.variant.upper()}" if self.variant else size

    @classmethod
    def of(cls, pdf: pikepdf.Pdf) -> "BadgeFacts":
        """Read the facts of an open badge. Raises `SheetError` if it can be none."""
        if not pdf.pages or any("/Rotate" in page.obj or "/UserUnit" in page.obj for page in pdf.pages):
            raise SheetError("a PDF without pages, or with turned ones, is no badge")
        page = pdf.pages[0]
        left, bottom, right, top = (float(side) for side in page.trimbox)
        if right - left < MM or top - bottom < MM:
            raise SheetError("a PDF whose page has no size is no badge")
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
