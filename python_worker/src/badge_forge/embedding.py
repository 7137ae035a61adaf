"""Fonts embedded in fewer bytes than WeasyPrint embeds them in, with the same ink."""

import io
from typing import Any

import pydyf
from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont
from weasyprint.document import Document
from weasyprint.text.ffi import ffi, harfbuzz, harfbuzz_subset
from weasyprint.text.fonts import get_hb_object_data

SPARSE = 4
"""A font is embedded anew if it has so many times the glyphs that the badge uses."""


def embed_compactly(document: Document, pdf: pydyf.PDF) -> None:
    """Embed the CID-keyed fonts of `pdf`, as those for Chinese are, without glyphs that nothing uses.

    WeasyPrint keeps an empty glyph for each of the tens of thousands of numbers below the highest that
    is used. CID-keyed fonts have a table from the numbers in the text to glyphs (ISO 32000-1, 9.7.4.2),
    so they need none of that.
    """
    fonts = {font.name: font for font in document.fonts.values()}
    by_reference = {entry.reference: entry for entry in pdf.objects}
    for entry in pdf.objects:
        if isinstance(entry, pydyf.Dictionary) and "FontFile3" in entry:
            _embed_cid_font(by_reference[entry["FontFile3"]], fonts[entry["FontName"]])


def _embed_cid_font(stream: pydyf.Stream, font: Any) -> None:
    if not harfbuzz_subset or font.glyph_count <= SPARSE * len(font.to_unicode):
        return
    used = sorted(font.to_unicode)
    table = _cff_subset(font.hb_face, used)
    if table and _numbers(table) == [0, *(number for number in used if number)]:
        stream.stream = [table]
        stream.extra["Subtype"] = "/CIDFontType0C"


def _cff_subset(face: Any, used: list[int]) -> bytes | None:
    subset = ffi.gc(
        harfbuzz_subset.hb_subset_input_create_or_fail(), harfbuzz_subset.hb_subset_input_destroy
    )
    glyphs = harfbuzz_subset.hb_subset_input_glyph_set(subset)
    harfbuzz.hb_set_add_sorted_array(glyphs, ffi.new("hb_codepoint_t[]", used), len(used))
    harfbuzz_subset.hb_subset_input_set_flags(
        subset,
        harfbuzz_subset.HB_SUBSET_FLAGS_NO_HINTING
        | harfbuzz_subset.HB_SUBSET_FLAGS_DESUBROUTINIZE
        | harfbuzz_subset.HB_SUBSET_FLAGS_NO_LAYOUT_CLOSURE,
    )
    smaller = harfbuzz_subset.hb_subset_or_fail(face, subset)
    if smaller == ffi.NULL:
        return None
    content = get_hb_object_data(ffi.gc(smaller, harfbuzz.hb_face_destroy))
    if content is None:
        return None
    with TTFont(io.BytesIO(content), lazy=True) as font:
        table: bytes | None = font.reader["CFF "] if font.sfntVersion == "OTTO" else None
        return table


def _numbers(table: bytes) -> list[int] | None:
    """Return the numbers of the glyphs of a CFF table, or None if it is not CID-keyed."""
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(table), None)
    top = fonts[0]
    if not hasattr(top, "ROS"):
        return None
    return [0 if name == ".notdef" else int(name.removeprefix("cid")) for name in top.charset]
