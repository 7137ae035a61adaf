"""What a badge's QR code tells, to whom it does, and that it can be read."""

import re
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from badge_forge.attendee import Attendee
from badge_forge.errors import DesignError, InputError
from badge_forge.rendering.qr import DOT_MM, MIN_MODULE_MM, QUIET_ZONE, content, make
from badge_forge.rendering.renderer import Renderer
from helpers import badge_args, make_design

CONTACT = {"email": "ada@example.org", "url": "https://example.org/ada", "title": "Countess"}


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(**changes))


def test_it_tells_nothing_of_the_person_unless_the_job_says_so() -> None:
    badge = attendee(**CONTACT)
    assert content(badge) == badge.id


def test_it_carries_what_the_job_says() -> None:
    assert content(attendee(qr="url", **CONTACT)) == "https://example.org/ada"
    assert content(attendee(qr="none", **CONTACT)) == ""
    card = content(attendee(qr="vcard", **CONTACT)).splitlines()
    assert card[:2] == ["BEGIN:VCARD", "VERSION:3.0"]
    assert {"FN:Ada Lovelace", "ORG:Analytical", "TITLE:Countess", "EMAIL:ada@example.org"} <= set(card)


def test_a_name_makes_no_line_of_its_own_in_a_vcard() -> None:
    card = content(attendee(qr="vcard", name="Ada\nEMAIL:x@y.z;a,b\\"))
    assert "\nEMAIL" not in card
    assert "FN:Ada EMAIL:x@y.z\\;a\\,b\\\\\r\n" in card
    assert "\r\nN:Ada EMAIL:x@y.z\\;a\\,b\\\\;;;;\r\n" in card


@pytest.mark.parametrize("max_mm", [21, 24, 29, 50])
def test_its_modules_are_whole_dots_of_a_thermal_printer_and_large_enough(max_mm: float) -> None:
    code = make("7bfb7c39-c354-4cce-ad5b-f1be2814b17e", max_mm)
    assert code.size_mm <= max_mm
    assert code.module_mm >= MIN_MODULE_MM
    assert code.module_mm / DOT_MM == int(code.module_mm / DOT_MM)


def test_it_can_be_read_and_has_its_quiet_zone(tmp_path: Path) -> None:
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


def test_a_colour_that_is_none_is_said_by_the_line_that_asks_for_it(tmp_path: Path) -> None:
    renderer = Renderer(make_design(tmp_path, "<p>\n{{ qr_code(29, 'reddish') }}"))
    with pytest.raises(DesignError, match=r"badge\.html\.jinja:2: ValueError: 'reddish' is no colour"):
        renderer.render(attendee())


def test_names_are_in_utf_8_which_is_what_phones_read() -> None:
    image = Image.new("L", (400, 400), 255)
    code = make("山田 Анна Å", 50)
    draw = ImageDraw.Draw(image)
    for x, y, width in re.findall(r"(\d+) (\d+) (\d+) 1 re", code.runs.decode()):
        left, top = int(x) * 8, int(y) * 8
        draw.rectangle((left, top, left + int(width) * 8 - 1, top + 7), fill=0)
    (found,) = zxingcpp.read_barcodes(image)
    assert found.bytes == "山田 Анна Å".encode()


def test_what_no_phone_could_read_is_refused_by_name() -> None:
    with pytest.raises(
        InputError, match=r"^qr: 900 bytes are too many for a QR code of 24 mm"
    ) as raised:
        make("x" * 900, 24)
    assert raised.value.field == "qr"
    with pytest.raises(InputError):
        make("x" * 5_000, 24)
