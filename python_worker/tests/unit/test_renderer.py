"""Rendered badges: size, texts, colours, and the same bytes for the same args."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from badge_forge.attendee import Attendee
from badge_forge.errors import DesignError
from badge_forge.events.event import Event
from badge_forge.rendering.renderer import Renderer
from helpers import badge_args, examples, make_design, make_event, shipped_design, text_of

INCH = 72  # points


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(shipped_design("conf-4x6"))


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(**changes))


def test_a_badge_is_one_page_of_4_by_6_inches(renderer: Renderer) -> None:
    document = pypdfium2.PdfDocument(renderer.render(attendee()).pdf)
    assert len(document) == 1
    assert document[0].get_mediabox() == pytest.approx((0, 0, 4 * INCH, 6 * INCH), abs=0.01)


def event_of(args: dict[str, Any], folder: Path) -> Event | None:
    """Return the event of an example, which has its type and its photo."""
    if "event_slug" not in args:
        return None
    return make_event(folder, f"[types.{args['type']}]", args["event_slug"], args.get("photo", ""))


@pytest.mark.parametrize("name", examples("generate_badge", "valid"))
def test_every_valid_example_shows_its_name_company_and_type(
    name: str, renderer: Renderer, tmp_path: Path
) -> None:
    args = examples("generate_badge", "valid")[name]
    pdf = renderer.render(Attendee.from_args(args), event_of(args, tmp_path)).pdf
    text = text_of(pdf).replace(" ", "")
    fields = ("name", "badge_name", "company", "title", "pronouns", "event")
    shown = [args[field] for field in fields if field in args and not args.get("blank")]
    for value in (*shown, args["type"].capitalize().replace("-", " ")):
        assert value.replace(" ", "") in text
    assert len(pypdfium2.PdfDocument(pdf)) == 1


@pytest.mark.parametrize("design", ["conf-4x6", "a6", "card-86x54", "fold-a5"])
def test_a_spare_badge_has_a_line_instead_of_a_name_in_every_design(design: str) -> None:
    renderer = Renderer(shipped_design(design))
    spare = renderer.render(attendee(name="Spare 1", company="", badge_name="Xyz", blank=True))
    text = text_of(spare.pdf)
    assert "Spare" not in text
    assert "Xyz" not in text
    assert "Speaker" in text
    line = "0.4mm solid currentColor".removesuffix(" solid currentColor")
    template = renderer._template.fill(attendee(name="Spare 1", blank=True))
    assert template.html.count(f"border-bottom:{line}") == (2 if design == "fold-a5" else 1)


def test_a_hostile_name_is_printed_literally(renderer: Renderer) -> None:
    for name in ("../../etc/passwd <b>x</b>", "{{ 7 * 7 }} &lt; <img src=x>"):
        text = text_of(renderer.render(attendee(name=name)).pdf)
        assert name.replace(" ", "") in text.replace(" ", "")


def test_each_type_has_a_different_colour(renderer: Renderer) -> None:
    types = list(renderer.design.settings.types)
    colours = {_band_colour(renderer.render(attendee(type=other)).pdf) for other in types}
    assert len(colours) == len(types) == 4


def test_no_badge_causes_a_weasyprint_warning(
    renderer: Renderer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with caplog.at_level(logging.WARNING, "weasyprint"):
        for args in examples("generate_badge", "valid").values():
            renderer.render(Attendee.from_args(args), event_of(args, tmp_path))
    assert caplog.records == []


def test_the_same_args_give_the_same_bytes_in_every_process(attendee: Attendee) -> None:
    script = """
import hashlib, sys
from typing import get_args
from badge_forge.attendee import Attendee
from badge_forge.designs.design import SHIPPED, Design, PdfVariant
from badge_forge.rendering.renderer import Renderer
for variant in get_args(PdfVariant):
    design = Design.load(SHIPPED / "conf-4x6")
    pdf = Renderer(design, variant).render(Attendee.model_validate_json(sys.argv[1])).pdf
    print(variant, pdf[:5], hashlib.sha256(pdf).hexdigest())
"""
    attendee = attendee.model_copy(update={"name": "Zoë 🦊"})  # emoji fonts are built for each PDF
    command = [sys.executable, "-c", script, attendee.model_dump_json(exclude_unset=True)]
    first, second = (
        subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(2)
    )
    assert first.count("b'%PDF-'") == 3
    assert first == second


def test_a_later_badge_has_the_bytes_of_the_first_with_the_same_args(attendee: Attendee) -> None:
    attendee = attendee.model_copy(update={"name": "Zoë 🦊"})
    renderer = Renderer(shipped_design("conf-4x6"))
    first = renderer.render(attendee).pdf
    renderer.render(Attendee.from_args(badge_args()))
    assert renderer.render(attendee).pdf == first


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x.png", "file:///etc/passwd", "../../etc/passwd", "font:../../x.otf"]
)
def test_a_design_that_refers_to_other_files_is_refused(url: str, tmp_path: Path) -> None:
    design = make_design(tmp_path, f'<img src="{url}">')
    with pytest.raises(DesignError, match=r"may fetch its own files only"):
        Renderer(design).render(attendee())


def test_a_missing_file_of_a_design_is_named(tmp_path: Path) -> None:
    design = make_design(tmp_path, '<img src="logo.png">')
    with pytest.raises(DesignError, match=r"can't read logo\.png"):
        Renderer(design).render(attendee())


def _band_colour(pdf: bytes) -> tuple[int, ...]:
    image = pypdfium2.PdfDocument(pdf)[0].render(scale=0.5).to_pil().convert("RGB")
    pixel: tuple[int, ...] = image.getpixel((5, image.height - 5))
    return pixel
