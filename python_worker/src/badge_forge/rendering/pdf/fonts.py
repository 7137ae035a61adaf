"""Fonts embedded better than WeasyPrint embeds them, with the same ink."""

import io
from typing import Any

import pydyf
from fontTools.cffLib import CFFFontSet
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from badge_forge.rendering.weasyprint_internals import (
    Document,
    ffi,
    get_hb_object_data,
    harfbuzz,
    harfbuzz_subset,
)

SPARSE = 4
"""A font is embedded anew if it has so many times the glyphs that the badge uses."""


def embed_fonts(document: Document, pdf: pydyf.PDF) -> None:
    """Embed the fonts of `pdf` anew that take needless bytes, or whose characters readers don't find."""
    fonts = {font.name: font for font in document.fonts.values()}
    by_reference = {entry.reference: entry for entry in pdf.objects}
    for entry in pdf.objects:
        if not isinstance(entry, pydyf.Dictionary) or "FontName" not in entry:
            continue
        font = fonts[entry["FontName"]]
        if "FontFile3" in entry:
            _leave_out_unused(by_reference[entry["FontFile3"]], font)
        elif font.png:
            _give_extent(by_reference[entry["FontFile2"]], font)


def _give_extent(stream: pydyf.Stream, font: Any) -> None:
    """Give the glyphs of an emoji font outlines without area.

    WeasyPrint draws emoji as pictures over glyphs that are empty, and what has no extent is no text to
    some readers, pdfium for one.
    """
    with TTFont(io.BytesIO(stream.stream[0]), recalcTimestamp=False) as program:
        # WeasyPrint has stamped it with the time: the same badge would have other bytes each time.
        program["head"].modified = program["head"].created
        names = program.getGlyphOrder()
        for number in font.to_unicode:
            pen = TTGlyphPen(None)
            pen.moveTo((0, 0))
            pen.lineTo((font.upem // 2, font.upem // 2))
            pen.lineTo((font.upem // 4, font.upem // 4))
            pen.closePath()
            program["glyf"][names[number]] = pen.glyph()
        saved = io.BytesIO()
        program.save(saved)
    stream.stream = [saved.getvalue()]


def _leave_out_unused(stream: pydyf.Stream, font: Any) -> None:
    """Embed a CID-keyed font, as those for Chinese are, without the glyphs that nothing uses.

    WeasyPrint keeps an empty glyph for each of the tens of thousands of numbers below the highest that
    is used. CID-keyed fonts have a table from the numbers in the text to glyphs (ISO 32000-1, 9.7.4.2),
    so they need none of that.
    """
    if not harfbuzz_subset or font.glyph_count <= SPARSE * len(font.to_unicode):
        return
    used = sorted(font.to_unicode)
    table = _cff_subset(font.hb_face, used)
    if table and (numbers := _numbers(table)) and set(used) <= set(numbers):
        stream.stream = [table]
        stream.extra["Subtype"] = "/CIDFontType0C"


def _cff_subset(face: Any, used: list[int]) -> bytes | None:
    subset = ffi.gc(
        harfbuzz_subset.hb_subset_input_create_or_fail(), harfbuzz_subset.hb_subset_input_destroy
    )
    glyphs = harfbuzz_subset.hb_subset_input_glyph_set(subset)
    harfbuzz.hb_set_add_sorted_array(glyphs, ffi.new("hb_codepoint_t[]", used), len(used))
    # Tables that would bring in glyphs which these might be replaced by.
    dropped = sorted(harfbuzz.hb_tag_from_string(name, -1) for name in (b"GPOS", b"GSUB"))
    tables = harfbuzz_subset.hb_subset_input_set(subset, harfbuzz_subset.HB_SUBSET_SETS_DROP_TABLE_TAG)
    harfbuzz.hb_set_add_sorted_array(tables, ffi.new("hb_codepoint_t[]", dropped), len(dropped))
    harfbuzz_subset.hb_subset_input_set_flags(
        subset,
        harfbuzz_subset.HB_SUBSET_FLAGS_NO_HINTING | harfbuzz_subset.HB_SUBSET_FLAGS_DESUBROUTINIZE,
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
