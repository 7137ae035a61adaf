"""Badges with the test names: complete, legible, in their boxes and readable by machines."""

import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont

from badge_forge.checks.names import Name, names
from badge_forge.rendering.geometry import Rectangle
from badge_forge.rendering.template import LEGIBLE_PT
from badge_forge.text.text import direction, printable
from badge_forge.units import PT_PER_MM as MM
from corpus.conftest import DESIGNS, HARDEST, ID, Badge, names_on, plain_renderer_of
from helpers import same_pages

INK_TOLERANCE_MM = 0.25

type Check = Callable[[Badge], Iterator[object]]
"""A function that yields what is wrong with a badge."""


def has_its_pages_and_at_most_20_kilobytes(badge: Badge) -> Iterator[object]:
    pages = len(pypdfium2.PdfDocument(badge.rendered.pdf))
    if pages != badge.renderer.design.settings.page.pages:
        yield f"{pages} pages"
    if len(badge.rendered.pdf) > 20_000:
        yield f"{len(badge.rendered.pdf)} bytes"


def equals_plain_weasyprint_when_its_layout_is_reused(badge: Badge) -> Iterator[object]:
    reused = badge.rendered
    plain = plain_renderer_of(badge.attendee.design).render(badge.attendee)
    if not same_pages(reused.pdf, plain.pdf):
        yield "the pages differ"
    if (reused.shortened, reused.fallbacks) != (plain.shortened, plain.fallbacks):
        yield reused.shortened, reused.fallbacks, plain.shortened, plain.fallbacks


def has_no_text_that_overflows_or_overlaps(badge: Badge) -> Iterator[object]:
    found = badge.places
    yield from set(range(len(badge.laid_out.fits))) - {place.fit for place in found}
    for number, place in enumerate(found):
        if not all(place.rectangle.within(container) for container in place.containers):
            yield place
        for other in found[number + 1 :]:
            if place.page == other.page and place.rectangle.overlaps(other.rectangle):
                yield place, other


def has_no_ink_outside_its_text_boxes(badge: Badge) -> Iterator[object]:
    allowed = [(place.page, place.rectangle) for place in badge.places]
    for page, char, ink in _ink(badge):
        # pdfium returns a box that is 1/64 higher than the ink of the character.
        tolerance_mm = INK_TOLERANCE_MM + (ink.bottom - ink.top) / 64
        if not any(ink.within(box, tolerance_mm) for number, box in allowed if number == page):
            yield char, ink


def has_no_name_below_the_legible_size(badge: Badge) -> Iterator[object]:
    sizes = [fit.size_pt for fit in badge.laid_out.fits if fit.what in ("the name", "the given name")]
    if not sizes or min(sizes) < LEGIBLE_PT:
        yield sizes


def shortens_a_name_only_if_it_does_not_fit_at_the_legible_size(badge: Badge) -> Iterator[object]:
    for fit in badge.rendered.shortened:
        if fit.what != "the owner's name" and fit.size_pt != LEGIBLE_PT:
            yield fit
    if len(badge.name.text) <= 60 and badge.name.what != "tamil":
        yield from badge.rendered.shortened


def contains_the_name_in_its_extracted_text(badge: Badge) -> Iterator[object]:
    text = pypdfium2.PdfDocument(badge.rendered.pdf)[0].get_textpage().get_text_range()
    # pdfium takes a hyphen at the end of a line for hyphenation, and returns U+FFFE.
    extracted, name = _letters(text.replace("\ufffe", "-")), _letters(printable(badge.name.text))
    if any(fit.what == "the name" for fit in badge.rendered.shortened):
        last_line = _letters(text.split("…")[0].splitlines()[-1])
        whole = bool(last_line) and last_line in name
    elif direction(name) == "rtl" and _without_marks(name) != name:
        # In text from right to left, readers lose some marks, and the order.
        whole = not Counter(_without_marks(name)) - Counter(_without_marks(extracted))
    else:
        whole = name in extracted
    if not whole:
        yield text


def embeds_every_glyph_that_it_uses(badge: Badge) -> Iterator[object]:
    with pikepdf.open(io.BytesIO(badge.rendered.pdf)) as pdf:
        for page in pdf.pages:
            fonts = {name: _glyphs(font) for name, font in page.resources.get("/Font", {}).items()}
            used = list(_used_glyphs(page))
            if not used:
                yield "no text"
            yield from ((font, glyph) for font, glyph in used if not glyph or glyph not in fonts[font])


def has_a_qr_code_that_is_readable_at_203_dpi(
    badge: Badge,
) -> Iterator[object]:
    page = pypdfium2.PdfDocument(badge.rendered.pdf)[0]
    image = page.render(scale=203.2 / 72, grayscale=True).to_pil().point(lambda gray: 255 * (gray > 127))
    read = {code.text for code in zxingcpp.read_barcodes(image)}
    if read != {ID}:
        yield read


CHECKS: list[Check] = [
    has_its_pages_and_at_most_20_kilobytes,
    equals_plain_weasyprint_when_its_layout_is_reused,
    has_no_text_that_overflows_or_overlaps,
    has_no_ink_outside_its_text_boxes,
    has_no_name_below_the_legible_size,
    shortens_a_name_only_if_it_does_not_fit_at_the_legible_size,
    contains_the_name_in_its_extracted_text,
    embeds_every_glyph_that_it_uses,
    has_a_qr_code_that_is_readable_at_203_dpi,
]


@pytest.mark.parametrize(
    ("design", "name"),
    [
        pytest.param(design, name, id=f"{design}-{name.what}")
        for design in DESIGNS
        for name in names_on(design)
    ],
)
def test_a_badge_with_this_name_passes_every_check(design: str, name: Name) -> None:
    badge = Badge(design, name)
    findings = [f"{check.__name__}: not so: {found}" for check in CHECKS for found in check(badge)]
    assert not findings, "\n".join(findings)


def test_every_name_is_tested_on_a_design_and_the_hardest_on_all() -> None:
    tested = [{name.what for name in names_on(design)} for design in DESIGNS]
    assert set.union(*tested) == {name.what for name in names()}
    assert set.intersection(*tested) >= HARDEST
    assert sum(map(len, tested)) >= 50 * len(DESIGNS)


def _letters(text: str) -> str:
    """Return the visible characters of `text`, without white space."""
    return "".join(
        char
        for char in unicodedata.normalize("NFC", text)
        if not char.isspace() and unicodedata.category(char) != "Cf" and char not in "\ufe0f\u034f"
    )


def _without_marks(text: str) -> str:
    return "".join(char for char in text if not unicodedata.category(char).startswith("M"))


def _ink(badge: Badge) -> list[tuple[int, str, Rectangle]]:
    """Return each character of the PDF with its page number and the box of its ink."""
    ink = []
    for number, page in enumerate(pypdfium2.PdfDocument(badge.rendered.pdf)):
        left, _bottom, _right, top = page.get_trimbox()
        text = page.get_textpage()
        for index in range(text.count_chars()):
            x1, y1, x2, y2 = text.get_charbox(index)
            # Skip marks: their boxes in pdfium ignore the vertical offset in the PDF.
            if x2 > x1 and y2 > y1 and _without_marks(text.get_text_range(index, 1)):
                box = Rectangle((x1 - left) / MM, (top - y2) / MM, (x2 - left) / MM, (top - y1) / MM)
                ink.append((number, text.get_text_range(index, 1), box))
    return ink


def _glyphs(font: pikepdf.Object) -> set[int]:
    """Return the glyph ids of a font in a PDF."""
    descriptor = font.DescendantFonts[0].FontDescriptor
    if "/FontFile2" in descriptor:
        with TTFont(io.BytesIO(descriptor.FontFile2.read_bytes())) as program:
            return set(range(len(program.getGlyphOrder())))
    content = descriptor.FontFile3.read_bytes()
    if descriptor.FontFile3.Subtype == "/OpenType":
        with TTFont(io.BytesIO(content)) as program:
            return set(range(len(program.getGlyphOrder())))
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(content), None)
    return {int(name.removeprefix("cid")) for name in fonts[0].charset if name != ".notdef"}


def _used_glyphs(page: pikepdf.Page) -> list[tuple[str, int]]:
    used, font = [], ""
    for instruction in pikepdf.parse_content_stream(page, "Tf TJ"):
        (first, *_) = instruction.operands
        if str(instruction.operator) == "Tf":
            font = str(first)
        else:
            for codes in (bytes(part) for part in first if isinstance(part, pikepdf.String)):
                used += [(font, int.from_bytes(codes[at : at + 2])) for at in range(0, len(codes), 2)]
    return used
