"""What a badge looks like on paper, as far as a machine can tell."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pypdfium2
import pytest

from badge_forge.attendee import Attendee, AttendeeType
from badge_forge.errors import RenderingError
from badge_forge.rendering import Renderer
from helpers import badge_args, examples, text_of

INCH = 72  # points


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(**changes))


def test_a_badge_is_one_page_of_4_by_6_inches(renderer: Renderer) -> None:
    document = pypdfium2.PdfDocument(renderer.render(attendee()))
    assert len(document) == 1
    assert document[0].get_mediabox() == (0, 0, 4 * INCH, 6 * INCH)


@pytest.mark.parametrize("name", examples("generate_badge", "valid"))
def test_every_valid_example_shows_its_name_company_and_type(name: str, renderer: Renderer) -> None:
    args = examples("generate_badge", "valid")[name]
    pdf = renderer.render(Attendee.from_args(args))
    text = text_of(pdf).replace(" ", "")
    for value in (args["name"], args["company"], args["type"].upper()):
        assert value.replace(" ", "") in text
    assert len(pypdfium2.PdfDocument(pdf)) == 1


def test_a_name_that_attacks_is_shown_just_as_it_is(renderer: Renderer) -> None:
    name = "../../etc/passwd <b>x</b>"
    assert name in text_of(renderer.render(attendee(name=name)))
    name = "{{ 7 * 7 }} &lt; <img src=x>"
    assert name in text_of(renderer.render(attendee(name=name)))


@pytest.mark.parametrize("type_", get_args(AttendeeType))
def test_each_type_has_a_colour_of_its_own(type_: str, renderer: Renderer) -> None:
    colours = {_top_colour(renderer.render(attendee(type=other))) for other in get_args(AttendeeType)}
    assert len(colours) == len(get_args(AttendeeType))
    assert _top_colour(renderer.render(attendee(type=type_))) in colours


def test_a_badge_with_a_box_in_its_name_is_never_released(renderer: Renderer) -> None:
    unassigned = "\U0003fffd"  # so no font of any machine draws it
    with pytest.raises(RenderingError, match=r"no font on this machine draws U\+3FFFD: install one"):
        renderer.render(attendee(name=f"Ada {unassigned}{unassigned} Lovelace"))
    renderer.render(attendee())


def test_no_badge_makes_weasyprint_warn(renderer: Renderer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "weasyprint"):
        for args in examples("generate_badge", "valid").values():
            renderer.render(Attendee.from_args(args))
    assert caplog.records == []


def test_the_same_args_give_the_same_bytes_in_every_process(attendee: Attendee) -> None:
    script = (
        "import sys; from badge_forge.attendee import Attendee; "
        "from badge_forge.rendering import Renderer; "
        "sys.stdout.buffer.write(Renderer().render("
        "Attendee.model_validate_json(sys.argv[1])))"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", script, attendee.model_dump_json()],
            check=True,
            capture_output=True,
        ).stdout
        for _ in range(2)
    )
    assert first.startswith(b"%PDF-")
    assert first == second


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x.png", "file:///etc/passwd", "../../etc/passwd", "font:../../x.otf"]
)
def test_a_design_that_reaches_beyond_its_own_files_is_refused(url: str, tmp_path: Path) -> None:
    (tmp_path / "badge.html.jinja").write_text(f'<img src="{url}">')
    (tmp_path / "badge.css").write_text("")
    with pytest.raises(RenderingError, match=r"may fetch its own files only"):
        Renderer(tmp_path).render(attendee())


def test_a_design_that_lacks_a_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "badge.html.jinja").write_text('<img src="logo.png">')
    (tmp_path / "badge.css").write_text("")
    with pytest.raises(RenderingError, match=r"can't read logo\.png"):
        Renderer(tmp_path).render(attendee())


def _top_colour(pdf: bytes) -> tuple[int, ...]:
    page = pypdfium2.PdfDocument(pdf)[0]
    pixel: tuple[int, ...] = page.render(scale=0.5).to_pil().convert("RGB").getpixel((5, 5))
    return pixel
