"""Improve WeasyPrint's embedded fonts: smaller files, and emoji that readers find as text."""

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
"""A font is subset again if it has more than this number of glyphs for each glyph that is used."""


def embed_fonts(document: Document, pdf: pydyf.PDF) -> None:
    """Replace the font files of `pdf` that are larger than needed, or whose text readers do not find."""
    fonts = {font.name: font for font in document.fonts.values()}
    by_reference = {entry.reference: entry for entry in pdf.objects}
    for entry in pdf.objects:
        if not isinstance(entry, pydyf.Dictionary) or "FontName" not in entry:
            continue
        font = fonts[entry["FontName"]]
        if "FontFile3" in entry:
            _remove_unused_glyphs(by_reference[entry["FontFile3"]], font)
        elif font.png:
            _give_extent(by_reference[entry["FontFile2"]], font)


def _give_extent(stream: pydyf.Stream, font: Any) -> None:
    """Replace the empty glyphs of an emoji font with outlines that have an extent, but no area.

    WeasyPrint draws emoji as images over empty glyphs. Some readers, such as pdfium, ignore text without
    an extent.
    """
    with TTFont(io.BytesIO(stream.stream[0]), recalcTimestamp=False) as program:
        # WeasyPrint sets it to the current time, but the same badge must have the same bytes.
        program["head"].modified = program["head"].created
        names = program.getGlyphOrder()
        for glyph in font.to_unicode:
            pen = TTGlyphPen(None)
            pen.moveTo((0, 0))
            pen.lineTo((font.upem // 2, font.upem // 2))
            pen.lineTo((font.upem // 4, font.upem // 4))
            pen.closePath()
            program["glyf"][names[glyph]] = pen.glyph()
        saved = io.BytesIO()
        program.save(saved)
    stream.stream = [saved.getvalue()]


def _remove_unused_glyphs(stream: pydyf.Stream, font: Any) -> None:
    """Remove the unused glyphs from a CID-keyed font, such as a Chinese one.

    WeasyPrint keeps an empty glyph for each unused glyph id below the highest that is used, which can be
    tens of thousands. A CID-keyed font does not need them, because it maps CIDs to glyphs (ISO 32000-1,
    9.7.4.2).
    """
    if not harfbuzz_subset or font.glyph_count <= SPARSE * len(font.to_unicode):
        return
    used = sorted(font.to_unicode)
    table = _cff_subset(font.hb_face, used)
    if table and (cids := _cids(table)) and set(used) <= set(cids):
        stream.stream = [table]
        stream.extra["Subtype"] = "/CIDFontType0C"


def _cff_subset(face: Any, used: list[int]) -> bytes | None:
    subset = ffi.gc(
        harfbuzz_subset.hb_subset_input_create_or_fail(), harfbuzz_subset.hb_subset_input_destroy
    )
    glyphs = harfbuzz_subset.hb_subset_input_glyph_set(subset)
    harfbuzz.hb_set_add_sorted_array(glyphs, ffi.new("hb_codepoint_t[]", used), len(used))
    # HarfBuzz would add the glyphs that these tables can substitute.
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


def _cids(table: bytes) -> list[int] | None:
    """Return the CIDs of the glyphs in a CFF table, or None if it is not CID-keyed."""
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(table), None)
    top = fonts[0]
    if not hasattr(top, "ROS"):
        return None
    return [0 if name == ".notdef" else int(name.removeprefix("cid")) for name in top.charset]
