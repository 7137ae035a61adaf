"""Canaries: marks in files that no design may read, and a search for them in a badge."""

import io
from dataclasses import dataclass, field

import pikepdf
import pypdfium2

from helpers import text_of

MARK = "CANARY7F3A"
MAGENTA = 255, 0, 255


@dataclass
class Port:
    """A TCP port on 127.0.0.1 that records every connection and closes it."""

    number: int
    connections: list[object] = field(default_factory=list)


def shows_a_canary(pdf: bytes) -> bool:
    """Tell whether a PDF contains a mark of the `canaries`: in bytes, texts, fonts or pictures."""
    if MARK in text_of(pdf) or MARK in text_of(pdf).replace(" ", ""):
        return True
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if any(MARK.encode() in _content(entry) for entry in document.objects):
            return True
    pages = [page.render(scale=1).to_pil().convert("RGB") for page in pypdfium2.PdfDocument(pdf)]
    return any(
        red > 220 and green < 60 and blue > 220
        for page in pages
        for _count, (red, green, blue) in page.getcolors(1_000_000)
    )


def _content(entry: pikepdf.Object) -> bytes:
    if not isinstance(entry, pikepdf.Stream):
        return str(entry).encode()
    decoded = b"" if entry.get("/Subtype") == "/Image" else entry.read_bytes()
    return str(entry).encode() + entry.read_raw_bytes() + decoded
