"""Types, fields and photos as data: what an event or a design declares is on the badge."""

import io
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from badge_forge.attendee import Attendee
from badge_forge.checks.design import findings
from badge_forge.colors import Color
from badge_forge.errors import DesignError, EventError, InputError
from badge_forge.rendering.renderer import Renderer
from badge_forge.rendering.renderers import Renderers
from helpers import badge_args, make_design, make_event, pixels, shipped_design, text_of

CONF = """
place = "Kiel"
starts_on = 2027-05-12
locale = "de"
design = "card-86x54"
[types]
referent-in = { label = "Referent/in", color = "#7a3e9d", pattern = "dots" }
speaker = { label = "Vortragende" }
[fields]
table = { label = "Tisch" }
items = { label = "" }
diet = { printed = false }
"""

DESIGNS = ["a6", "card-86x54", "conf-4x6", "fold-a5"]

NAME = "{{ fit(attendee.name, 60, 20, 40) }}"


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(event_slug="nordlicht") | changes)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_shipped_design_draws_the_types_place_dates_and_fields_of_an_event(
    name: str, tmp_path: Path
) -> None:
    event, renderer = make_event(tmp_path, CONF, photo="ada.png"), Renderer(shipped_design(name))
    fields = {"table": "12", "items": "3 Bücher", "diet": "vegan", "hotel": "Nordsee"}
    person = attendee(type="referent-in", fields=fields, photo="ada.png")
    assert [finding.text for finding in findings(renderer, person, event=event)] == []
    pdf = renderer.render(person, event).pdf
    text = text_of(pdf)
    for shown in ("Referent/in", "Kiel", "12. Mai 2027", "Tisch 12 · 3 Bücher", "Nordlicht"):
        assert shown in text
    for hidden in ("vegan", "Nordsee", "Oban Conf", "Edinburgh"):
        assert hidden not in text
    found = pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_pil().convert("RGB").getcolors(2**24)
    assert found
    assert {(0x7A, 0x3E, 0x9D), (0x30, 0xA0, 0x50)} <= {colour for _count, colour in found}


def test_an_event_can_rename_a_type_of_the_design(tmp_path: Path) -> None:
    event, renderer = make_event(tmp_path, CONF), Renderer(shipped_design("card-86x54"))
    renamed = renderer.render(attendee(), event).pdf
    assert "Vortragende" in text_of(renamed)
    assert "Speaker" in text_of(renderer.render(attendee(event_slug="x")).pdf)  # without its file


def test_an_unknown_type_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    event, renderer = make_event(tmp_path, CONF), Renderer(shipped_design("card-86x54"))
    known = r"'pres': they know referent-in, speaker, attendee, sponsor, organizer; declare it in"
    with pytest.raises(InputError, match=known) as raised:
        renderer.render(attendee(type="pres"), event)
    assert raised.value.field == "type"


def test_a_reused_layout_has_the_type_fields_and_photo_of_its_badge(tmp_path: Path) -> None:
    event = make_event(tmp_path, CONF, photo="green.png")
    Image.new("RGB", (200, 30), "#a03050").save(tmp_path / "nordlicht" / "red.png")
    people = [
        attendee(name=name, type=kind, fields=fields, photo=photo)
        for name, kind, fields, photo in (
            ("Ada Lovelace", "referent-in", {"table": "1"}, "green.png"),
            ("Grete Hermann", "referent-in", {"table": "1"}, "red.png"),
            ("Emmy Noether", "referent-in", {"table": "A long table in the hall"}, "green.png"),
            ("Mary Somerville", "speaker", {"table": "1", "items": "7"}, "red.png"),
            ("Ida Rhodes", "speaker", {}, "green.png"),
            ("Ada Lovelace", "organizer", {"diet": "vegan"}, "red.png"),
            ("Ada Lovelace", "referent-in", {"table": "1"}, "green.png"),
        )
    ]
    reusing, plain = (
        Renderer(shipped_design("conf-4x6"), reuse_layouts=reuse) for reuse in (True, False)
    )
    for person in people * 2:
        drawn = pixels(reusing.render(person, event).pdf, 72)
        assert drawn == pixels(plain.render(person, event).pdf, 72), person


def test_fields_are_named_in_a_template_and_empty_if_not_given(tmp_path: Path) -> None:
    html = f"{NAME}<p>{{{{ attendee.fields.items }}}}|{{{{ attendee.fields.table }}}}|</p>"
    renderer = Renderer(make_design(tmp_path, html))
    shown = text_of(renderer.render(attendee(fields={"items": "<b>7</b>\u202e"})).pdf)
    assert "<b>7</b>||" in shown


def test_a_photo_that_can_not_be_drawn_fails_with_its_file_and_the_reason(tmp_path: Path) -> None:
    event, renderer = make_event(tmp_path, CONF, photo="ada.png"), Renderer(shipped_design("a6"))
    folder = event.folder
    (folder / "text.png").write_text("no picture")
    (folder / "cut.png").write_bytes((folder / "ada.png").read_bytes()[:90])
    (folder / "link.png").symlink_to("/etc/passwd")
    (folder / "deep.png").mkdir()
    with (folder / "large.png").open("wb") as file:
        file.truncate(21 * 2**20)
    (folder / "logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'viewBox="0 0 9 9"><image width="9" height="9" xlink:href="ada.png"/></svg>'
    )
    for photo, error, reason in (
        ("none.png", EventError, "there is no such file: add the photo; the job will be retried"),
        ("text.png", DesignError, "it is not a picture, or of an unknown kind"),
        ("cut.png", DesignError, "it can't be decoded"),
        ("link.png", EventError, "it is a symbolic link, not a file: remove it"),
        ("deep.png", EventError, "it is a folder, not a file: remove it"),
        ("large.png", EventError, "it has more than 20 MiB"),
        ("logo.svg", DesignError, "may fetch its own files only"),
    ):
        with pytest.raises(error, match=reason) as raised:
            renderer.render(attendee(photo=photo), event)
        assert photo in str(raised.value) or photo == "logo.svg"
        assert str(raised.value).isprintable()


def test_a_changed_photo_is_on_the_next_badge(tmp_path: Path) -> None:
    event, renderer = make_event(tmp_path, CONF, photo="ada.png"), Renderer(shipped_design("a6"))
    person = attendee(photo="ada.png")
    before = pixels(renderer.render(person, event).pdf, 72)
    Image.new("RGB", (61, 80), "#a03050").save(event.folder / "ada.png")
    assert pixels(renderer.render(person, event).pdf, 72) != before


def test_a_changed_event_is_on_the_next_badge_and_its_design_is_the_default(tmp_path: Path) -> None:
    make_event(tmp_path, CONF)
    renderers = Renderers(Path("none"), events_dir=tmp_path)
    assert "Vortragende" in text_of(renderers.render(attendee()).pdf)
    make_event(tmp_path, CONF.replace("Vortragende", "Rednerin"))
    card = renderers.render(attendee()).pdf
    assert "Rednerin" in text_of(card)
    assert pypdfium2.PdfDocument(card)[0].get_width() < 250
    named = renderers.render(attendee(design="a6")).pdf
    assert pypdfium2.PdfDocument(named)[0].get_width() > 250
    (tmp_path / "nordlicht.toml").unlink()
    with pytest.raises(InputError, match="event_slug: there is no event nordlicht"):
        renderers.render(attendee())


def test_a_colour_without_inks_is_converted_for_the_press(tmp_path: Path) -> None:
    event = make_event(tmp_path, CONF)
    pdf = (
        Renderer(shipped_design("card-86x54"), "pdf/x-4").render(attendee(type="referent-in"), event).pdf
    )
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        drawn = [
            [float(value) for value in instruction.operands]
            for instruction in pikepdf.parse_content_stream(opened.pages[0])
            if str(instruction.operator) in ("rg", "k", "scn")
        ]
    assert {len(channels) for channels in drawn} == {4}
    # Purple has much magenta, some cyan, and little yellow.
    assert any(magenta > 0.9 > cyan > 0.4 > yellow for cyan, magenta, yellow, _key in drawn)


def test_a_design_declares_types_and_knows_the_former_ones_without(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    former = make_design(tmp_path / "a", NAME)
    assert list(former.settings.types) == ["attendee", "speaker", "sponsor", "organizer"]
    assert former.settings.types["speaker"].color == former.settings.colors["speaker"]
    text = (former.folder / "design.toml").read_text()
    start, end = text.index("[types]"), text.index("# CMYK")
    (former.folder / "design.toml").write_text(text[:start] + text[end:])
    reloaded = type(former).load(former.folder)
    assert [kind.pattern for kind in reloaded.settings.types.values()] == [
        None,
        "arrows",
        "stripes",
        "squares",
    ]
    assert "Organizer" not in text_of(Renderer(reloaded).render(attendee(type="organizer")).pdf)
    with pytest.raises(InputError, match="knows 'press'"):
        Renderer(reloaded).render(attendee(type="press"))


@pytest.mark.parametrize(
    ("rgb", "is_dark"),
    [("#000000", True), ("#c8261c", True), ("#bfe3ec", False), ("#f2b632", False), ("#ffffff", False)],
)
def test_text_on_a_colour_is_legible(rgb: str, is_dark: bool) -> None:
    assert Color(rgb=rgb).is_dark is is_dark
