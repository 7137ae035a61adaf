"""Compare what two laid-out documents draw."""

import re

import pydyf

from badge_forge.rendering.weasyprint_internals import Document

NUMBER = re.compile(rb"-?\d+\.\d+")


def same_drawing(one: Document, other: Document) -> bool:
    """Tell whether the two draw the same, to a hundredth of a point, with the same links and outline."""
    return _drawn(one) == _drawn(other)


def _drawn(document: Document) -> bytes:
    drawn: list[bytes] = []

    def keep(_document: Document, pdf: pydyf.PDF) -> None:
        drawn.extend(entry.data for entry in pdf.objects[1:] if not _is_font_file(entry))

    document.copy().write_pdf(finisher=keep, uncompressed_pdf=True)
    return NUMBER.sub(lambda found: b"%.2f" % float(found[0]), b"\n".join(drawn))


def _is_font_file(entry: pydyf.Object) -> bool:
    """Tell whether `entry` is a font: what is drawn with it says which glyphs are in it."""
    return isinstance(entry, pydyf.Stream) and (
        "Length1" in entry.extra or entry.extra.get("Subtype") == "/OpenType"
    )
