"""The QR code of a badge: its content, its size, and that scanners can read it."""

import re
import sys
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from badge_forge.attendee import Attendee
from badge_forge.errors import DesignError, InputError
from badge_forge.rendering.qr import DOT_MM, MIN_MODULE_MM, QUIET_ZONE, Qr, content, make
from badge_forge.rendering.renderer import Renderer
from helpers import badge_args, make_design, shipped_design

KINDS = [
    pytest.param("id", "Ada Lovelace", id="id"),
    pytest.param("url", "Ada Lovelace", id="url"),
    pytest.param("vcard", "Zoë Åkesson-Núñez", id="vcard-with-accents"),
    pytest.param("vcard", "محمد بن عبد الله", id="vcard-in-arabic"),
    pytest.param("vcard", "Д-р Анна Иванова", id="vcard-in-cyrillic"),
    pytest.param("vcard", "山田 太郎", id="vcard-in-japanese"),
    pytest.param("vcard", "प्रियंका शर्मा", id="vcard-in-devanagari"),
]

DESIGNS = ("conf-4x6", "a6", "card-86x54", "fold-a5")

CONTACT = {"email": "ada@example.org", "url": "https://example.org/ada", "title": "Countess"}


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(**changes))


@pytest.fixture(scope="module")
def renderers() -> dict[str, Renderer]:
    return {name: Renderer(shipped_design(name)) for name in DESIGNS}


def drawn(code: Qr) -> Image.Image:
    """Draw the code with modules of eight pixels."""
    image = Image.new("L", (code.modules * 8,) * 2, 255)
    draw = ImageDraw.Draw(image)
    for x, y, width in re.findall(r"(\d+) (\d+) (\d+) 1 re", code.runs.decode()):
        left, top = int(x) * 8, int(y) * 8
        draw.rectangle((left, top, left + int(width) * 8 - 1, top + 7), fill=0)
    return image


def test_a_qr_code_contains_only_the_id_by_default() -> None:
    badge = attendee(**CONTACT)
    assert content(badge) == badge.id


def test_a_qr_code_has_the_content_that_the_job_selects() -> None:
    assert content(attendee(qr="url", **CONTACT)) == "https://example.org/ada"
    assert content(attendee(qr="none", **CONTACT)) == ""
    card = content(attendee(qr="vcard", **CONTACT)).splitlines()
    assert card[:2] == ["BEGIN:VCARD", "VERSION:3.0"]
    assert {"FN:Ada Lovelace", "ORG:Analytical", "TITLE:Countess", "EMAIL:ada@example.org"} <= set(card)


def test_a_name_adds_no_line_to_a_vcard() -> None:
    card = content(attendee(qr="vcard", name="Ada\nEMAIL:x@y.z;a,b\\"))
    assert "\nEMAIL" not in card
    assert "FN:Ada EMAIL:x@y.z\\;a\\,b\\\\\r\n" in card
    assert "\r\nN:;;;;\r\n" in card


@pytest.mark.parametrize(
    ("name", "components"),
    [
        ("Ada Lovelace", "Lovelace;Ada;;;"),
        ("Prof. Dr. Ada King Lovelace PhD", "Lovelace;Ada;King;Prof. Dr.;PhD"),
        ("Ada Lovelace, BSc, MSc", "Lovelace;Ada;;;BSc\\, MSc"),
        ("Vincent van Gogh", "van Gogh;Vincent;;;"),
        ("محمد بن عبد الله", "بن عبد الله;محمد;;;"),
        ("Д-р Анна Иванова", "Иванова;Анна;;Д-р;"),
        ("山田 太郎", "山田;太郎;;;"),
        ("김 철수", "김;철수;;;"),
        ("Ada;Byron Lovelace", "Lovelace;Ada\\;Byron;;;"),
        ("Ada", ";;;;"),
        ("王小明", ";;;;"),
        ("마이클 조던", ";;;;"),
        ("Lovelace, Ada", ";;;;"),
        ("Van Morrison", ";;;;"),
        ("Miss Lovelace", ";;;;"),
        ("Szűcs Zsófia", ";;;;"),
        ("Nguyễn Thị Ánh", ";;;;"),
    ],
)
def test_a_vcard_has_the_parts_of_a_name_only_if_they_are_certain(name: str, components: str) -> None:
    card = content(attendee(qr="vcard", name=name)).splitlines()
    assert f"N:{components}" in card
    assert "FN:" + re.sub(r"([;,])", r"\\\1", name) in card


@pytest.mark.parametrize("max_mm", [21, 24, 29, 50])
def test_the_modules_are_whole_printer_dots_and_large_enough(max_mm: float) -> None:
    code = make("7bfb7c39-c354-4cce-ad5b-f1be2814b17e", max_mm)
    assert code.size_mm <= max_mm
    assert code.module_mm >= MIN_MODULE_MM
    assert code.module_mm / DOT_MM == int(code.module_mm / DOT_MM)


def test_a_qr_code_can_be_read_and_has_its_quiet_zone(tmp_path: Path) -> None:
    renderer = Renderer(make_design(tmp_path, "{{ qr_code(29) }}", "body { margin: 0 }"))
    badge = attendee()
    page = pypdfium2.PdfDocument(renderer.render(badge).pdf)[0]
    image = page.render(scale=203.2 / 72).to_pil().convert("L")
    (found,) = zxingcpp.read_barcodes(image)
    assert found.text == badge.id
    code = make(badge.id, 29)
    dark = image.point(lambda gray: 255 * (gray < 128)).getbbox()
    quiet = QUIET_ZONE * code.module_mm / DOT_MM
    assert dark[:2] == pytest.approx((quiet, quiet), abs=1)
    assert dark[2:] == pytest.approx((code.size_mm / DOT_MM - quiet,) * 2, abs=1)


def test_an_invalid_colour_is_reported_with_its_template_line(tmp_path: Path) -> None:
    renderer = Renderer(make_design(tmp_path, "<p>\n{{ qr_code(29, 'reddish') }}"))
    with pytest.raises(
        DesignError, match=r"badge\.html\.jinja:2: ValueError: color must be a CSS color, got: 'reddish'"
    ):
        renderer.render(attendee())


@pytest.mark.parametrize("text", ["0123456789", "HTTPS://EXAMPLE.ORG", "a-1", "山田 Анна Å", "عمر"])
def test_a_qr_code_is_utf_8_without_an_eci_header(text: str) -> None:
    """Scanners assume UTF-8, and many refuse a code whose header (an ECI) names an encoding."""
    image = drawn(make(text, 50))
    (found,) = zxingcpp.read_barcodes(image)
    assert (found.text, found.bytes) == (text, text.encode())
    (protocol,) = zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.HexECI)
    # The content follows a prefix: ]Q1 without an ECI, ]Q2 with one (ISO/IEC 15424).
    assert bytes.fromhex(protocol.text) == b"]Q1" + text.encode()


@pytest.mark.skipif(sys.platform != "linux", reason="deqr is only locked for Linux")
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_other_decoders_read_the_qr_code_of_every_design(
    renderers: dict[str, Renderer], design: str, kind: str, name: str
) -> None:
    import deqr

    badge = attendee(
        qr=kind, name=name, design=design, company="", email="a@example.org", url="https://example.org/a"
    )
    pdf = pypdfium2.PdfDocument(renderers[design].render(badge).pdf)
    pages = [pdf[0].render(scale=dpi / 72).to_pil().convert("L") for dpi in (203.2, 300)]
    for page in pages:
        assert {code.text for code in zxingcpp.read_barcodes(page)} == {content(badge)}
    for reader, image in (
        *((deqr.QRdecDecoder(), page) for page in pages),
        (deqr.QuircDecoder(), drawn(make(content(badge), 29))),  # too small for Quirc on the page
    ):
        found = reader.decode(image, convert_data=False)
        read = {b"".join(entry.data for entry in code.data_entries).decode() for code in found}
        assert read == {content(badge)}


def test_content_too_long_for_a_qr_code_is_refused_with_the_field() -> None:
    with pytest.raises(
        InputError, match=r"^qr: 900 bytes are too many for a readable QR code of 24 mm"
    ) as raised:
        make("x" * 900, 24)
    assert raised.value.field == "qr"
    with pytest.raises(InputError):
        make("x" * 5_000, 24)
