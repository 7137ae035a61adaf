"""Every test name on every shipped design: whole, legible, in its place, and to be read by machines."""

import io
import unicodedata
from collections import Counter

import pikepdf
import pypdfium2
import zxingcpp
from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont

from badge_forge.rendering.geometry import Rectangle
from badge_forge.rendering.template import LEGIBLE_PT
from badge_forge.text.text import direction, printable
from badge_forge.units import PT_PER_MM as MM
from corpus.conftest import ID, Badge, plain_renderer_of
from helpers import pixels

INK_TOLERANCE_MM = 0.25


def test_a_badge_has_its_pages_and_20_kilobytes_at_most(badge: Badge) -> None:
    document = pypdfium2.PdfDocument(badge.rendered.pdf)
    assert len(document) == badge.renderer.design.settings.page.pages
    assert len(badge.rendered.pdf) <= 20_000


def test_a_page_that_is_used_again_is_the_page_of_plain_weasyprint(badge: Badge) -> None:
    other = badge.attendee.model_copy(update={"company": "Hebridean Distributed Systems", "title": "Dr"})
    badge.renderer.lay_out(other)  # leaves a page of the same kind behind, with texts of other heights
    again = badge.renderer.render(badge.attendee)
    plain = plain_renderer_of(badge.attendee.design).render(badge.attendee)
    assert pixels(again.pdf) == pixels(plain.pdf)
    assert (again.shortened, again.fallbacks) == (plain.shortened, plain.fallbacks)


def test_no_text_leaves_its_place_or_lies_on_another(badge: Badge) -> None:
    found = badge.places
    assert {place.fit for place in found} >= set(range(len(badge.laid_out.fits)))
    for place in found:
        assert all(place.rectangle.within(holder) for holder in place.holders), place
    for number, place in enumerate(found):
        for other in found[number + 1 :]:
            assert place.page != other.page or not place.rectangle.overlaps(other.rectangle)


def test_no_ink_leaves_the_boxes_of_the_texts(badge: Badge) -> None:
    allowed = [(place.page, place.rectangle) for place in badge.places]
    for page, char, ink in _ink(badge):
        # pdfium makes the box of a character a 64th higher than its ink.
        tolerance_mm = INK_TOLERANCE_MM + (ink.bottom - ink.top) / 64
        inside = (ink.within(box, tolerance_mm) for number, box in allowed if number == page)
        assert any(inside), (char, ink)


def test_a_name_is_never_set_below_the_legible_size(badge: Badge) -> None:
    sizes = [fit.size_pt for fit in badge.laid_out.fits if fit.what in ("the name", "the given name")]
    assert sizes
    assert min(sizes) >= LEGIBLE_PT


def test_a_name_is_shortened_only_if_it_does_not_fit_at_the_legible_size(badge: Badge) -> None:
    for fit in badge.rendered.shortened:
        assert fit.what == "the owner's name" or fit.size_pt == LEGIBLE_PT
    if len(badge.name.text) <= 60 and badge.name.what != "tamil":
        assert badge.rendered.shortened == ()


def test_the_text_that_is_extracted_holds_the_name(badge: Badge) -> None:
    text = pypdfium2.PdfDocument(badge.rendered.pdf)[0].get_textpage().get_text_range()
    # pdfium takes a hyphen at a line's end for one of hyphenation, and says so with a non-character.
    extracted, name = _letters(text.replace("\ufffe", "-")), _letters(printable(badge.name.text))
    if any(fit.what == "the name" for fit in badge.rendered.shortened):
        last_line = _letters(text.split("…")[0].splitlines()[-1])
        assert last_line
        assert last_line in name
    elif direction(name) == "rtl" and _without_marks(name) != name:
        # Of the marks above and below letters that run to the left, readers lose some, and the order.
        assert not Counter(_without_marks(name)) - Counter(_without_marks(extracted))
    else:
        assert name in extracted


def test_no_glyph_is_missing_from_the_fonts_of_the_pdf(badge: Badge) -> None:
    with pikepdf.open(io.BytesIO(badge.rendered.pdf)) as pdf:
        for page in pdf.pages:
            fonts = {name: _glyphs(font) for name, font in page.resources.get("/Font", {}).items()}
            used = list(_used_glyphs(page))
            assert used
            for font, glyph in used:
                assert glyph != 0
                assert glyph in fonts[font]


def test_the_qr_code_is_read_back_at_the_203_dpi_of_a_thermal_printer(badge: Badge) -> None:
    page = pypdfium2.PdfDocument(badge.rendered.pdf)[0]
    image = page.render(scale=203.2 / 72, grayscale=True).to_pil().point(lambda gray: 255 * (gray > 127))
    codes = zxingcpp.read_barcodes(image)
    assert codes
    assert {code.text for code in codes} == {ID}


def _letters(text: str) -> str:
    """Return what is seen of `text`: no spaces and line breaks, no characters without a shape."""
    return "".join(
        char
        for char in unicodedata.normalize("NFC", text)
        if not char.isspace() and unicodedata.category(char) != "Cf" and char not in "\ufe0f\u034f"
    )


def _without_marks(text: str) -> str:
    return "".join(char for char in text if not unicodedata.category(char).startswith("M"))


def _ink(badge: Badge) -> list[tuple[int, str, Rectangle]]:
    """Return each character of the PDF, with its page, and where its ink is."""
    ink = []
    for number, page in enumerate(pypdfium2.PdfDocument(badge.rendered.pdf)):
        left, _bottom, _right, top = page.get_trimbox()
        text = page.get_textpage()
        for index in range(text.count_chars()):
            x1, y1, x2, y2 = text.get_charbox(index)
            # Not of marks: pdfium leaves out of their boxes that the PDF lifts them.
            if x2 > x1 and y2 > y1 and _without_marks(text.get_text_range(index, 1)):
                box = Rectangle((x1 - left) / MM, (top - y2) / MM, (x2 - left) / MM, (top - y1) / MM)
                ink.append((number, text.get_text_range(index, 1), box))
    return ink


def _glyphs(font: pikepdf.Object) -> set[int]:
    """Return the numbers of the glyphs that a font of a PDF has."""
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
