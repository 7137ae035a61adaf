"""Compare the drawings of two laid-out documents."""

import re

import pydyf

from badge_forge.rendering.weasyprint_internals import Document

NUMBER = re.compile(rb"-?\d+\.\d+")


def same_drawing(one: Document, other: Document) -> bool:
    """Tell whether two documents draw the same, to 0.01 pt, and have the same links and outline."""
    return _drawn(one) == _drawn(other)


def _drawn(document: Document) -> bytes:
    drawn: list[bytes] = []

    def keep(_document: Document, pdf: pydyf.PDF) -> None:
        drawn.extend(entry.data for entry in pdf.objects[1:] if not _is_font_file(entry))

    document.write_pdf(finisher=keep, uncompressed_pdf=True)
    return NUMBER.sub(lambda found: b"%.2f" % float(found[0]), b"\n".join(drawn))


def _is_font_file(entry: pydyf.Object) -> bool:
    """Tell whether `entry` is a font file. Its content follows from the glyphs that are drawn."""
    return isinstance(entry, pydyf.Stream) and (
        "Length1" in entry.extra or entry.extra.get("Subtype") == "/OpenType"
    )
