"""Designs as data: errors in a design name file and line, and do not cancel the job."""

from itertools import islice
from pathlib import Path

import pypdfium2
import pytest

from badge_forge.attendee import Attendee
from badge_forge.checks.design import Finding, check
from badge_forge.checks.grouped import grouped
from badge_forge.designs.design import Design, find, names
from badge_forge.errors import DesignError, InputError, UnknownDesignError
from badge_forge.rendering.renderer import Renderer
from badge_forge.rendering.renderers import Renderers
from helpers import badge_args, make_design

NAME = '<p style="height: 20mm">{{ fit(attendee.name, 60, 20, 40) }}</p>'


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(design="mine") | changes)


def test_four_designs_are_shipped() -> None:
    assert names(Path("none")) == ["a6", "card-86x54", "conf-4x6", "fold-a5"]


def test_a_custom_design_overrides_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "a6").mkdir()
    (tmp_path / "a6" / "design.toml").touch()
    assert find("a6", tmp_path) == tmp_path / "a6"
    with pytest.raises(UnknownDesignError, match=r"no design mine; there are a6, card-86x54, conf-4x6"):
        find("mine", tmp_path)


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("<p>\n{{ attendee.nmae }}", 2, "has no attribute 'nmae'"),
        ("<p>\n\n{% if %}", 3, "Expected an expression"),
        ("<p>\n{{ 1 / 0 }}", 2, "ZeroDivisionError: division by zero"),
        ("<p>\n\n\n{{ fit(attendee.name) }}", 4, "missing 3 required positional arguments"),
        ("<p>\n{% include 'nix.svg' %}", 2, "nix.svg"),
        (
            "<p>\n{{ ''.__class__.__mro__ }}",
            2,
            "access to attribute '__class__' of 'str' object is unsafe",
        ),
    ],
)
def test_a_broken_template_names_file_and_line(
    template: str, line: int, message: str, tmp_path: Path
) -> None:
    renderer = Renderer(make_design(tmp_path, template))
    with pytest.raises(DesignError) as raised:
        renderer.render(attendee())
    assert f"mine/badge.html.jinja:{line}: " in str(raised.value)
    assert message in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    "head",
    ['<link rel="attachment" href="file:///etc/passwd">', '<link rel="stylesheet" href="http://x/y">'],
)
def test_an_attachment_or_style_from_elsewhere_is_refused(head: str, tmp_path: Path) -> None:
    renderer = Renderer(make_design(tmp_path, head + NAME))
    with pytest.raises(DesignError, match="may fetch its own files only"):
        renderer.render(attendee())


def test_a_template_that_is_a_link_to_another_file_is_not_included(tmp_path: Path) -> None:
    design = make_design(tmp_path, "<p>{% include 'secret.txt' %}")
    (tmp_path / "secret.txt").write_text("secret")
    (design.folder / "secret.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(DesignError, match=r"secret\.txt links to a file outside the design"):
        Renderer(design).render(attendee())


def test_too_little_room_for_the_qr_code_of_an_id_is_a_design_error(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"badge\.html\.jinja:1: qr: 36 bytes are too many"):
        Renderer(make_design(tmp_path, "{{ qr_code(9) }}")).render(attendee())


def test_rgb_colours_are_refused_in_pdf_x_4(tmp_path: Path) -> None:
    design = make_design(tmp_path, NAME, "p { color: #f00 }")
    assert Renderer(design).render(attendee()).pdf
    with pytest.raises(DesignError, match="the design uses RGB colors, which PDF/X-4 does not allow"):
        Renderer(design, "pdf/x-4").render(attendee())


def test_a_drawing_gets_the_variables_that_the_template_passes(tmp_path: Path) -> None:
    template = '{{ drawing("dot.svg.jinja", "a dot", color="#ff0000") }}'
    design = make_design(tmp_path, template, ".dot { width: 9mm }")
    (design.folder / "dot.svg.jinja").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
        '<path fill="{{ color }}" d="M0 0h1v1z"/></svg>'
    )
    pdf = pypdfium2.PdfDocument(Renderer(design).render(attendee()).pdf)
    colours = pdf[0].render().to_pil().convert("RGB").getcolors(100_000)
    assert (255, 0, 0) in [colour for _count, colour in colours]


def test_a_fixed_design_is_used_without_a_restart(tmp_path: Path) -> None:
    design = make_design(tmp_path, "{{ nonsense }}")
    renderers = Renderers(tmp_path)
    with pytest.raises(DesignError):
        renderers.render(attendee())
    (design.folder / "badge.html.jinja").write_text("<p>fixed")
    assert renderers.render(attendee()).pdf.startswith(b"%PDF-")


def test_a_job_for_an_unknown_design_is_refused_with_the_field(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^design: there is no design mine") as raised:
        Renderers(tmp_path).render(attendee())
    assert raised.value.field == "design"


def test_a_font_that_is_not_installed_is_named(tmp_path: Path) -> None:
    design = make_design(tmp_path, NAME, **{'families = ["Badge"]': 'families = ["Badge", "Nix Sans"]'})
    with pytest.raises(DesignError, match=r"the design mine needs the font Nix Sans, which is not inst"):
        Renderer(design).render(attendee())


def test_a_missing_font_file_is_named(tmp_path: Path) -> None:
    design = make_design(tmp_path, NAME, **{"font:SourceSansPro-Regular.ttf": "fonts/nix.ttf"})
    with pytest.raises(DesignError, match=r"the design mine can't read nix\.ttf: No such file"):
        Renderer(design).render(attendee())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("width_mm = 85.6", "width_mm = 8560", r"page\.width_mm: should be less than or equal to 1000"),
        (
            "width_mm = 85.6",
            "width = 85.6",
            r"page: has no key 'width': did you mean width_mm\?$",
        ),
        ('rgb = "#12233f"', 'rgb = "navy"', r"colors\.ink\.rgb: "),
        ("[page]", "[page", r"design\.toml: Expected '\]'"),
        ('name = "mine"', 'name = "yours"', r"name: should be the folder's name, 'mine', got: 'yours'"),
    ],
)
def test_a_wrong_setting_is_named(old: str, new: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=message):
        make_design(tmp_path, NAME, **{old: new})


def test_an_incomplete_design_folder_is_refused(tmp_path: Path) -> None:
    design = make_design(tmp_path, NAME)
    (design.folder / "badge.css").unlink()
    with pytest.raises(DesignError, match=r"the design mine is incomplete: .*badge\.css is missing"):
        Design.load(design.folder)


def test_a_design_with_the_wrong_number_of_pages_is_refused(tmp_path: Path) -> None:
    renderer = Renderer(make_design(tmp_path, '<p style="break-after: page">x<p>y'))
    with pytest.raises(DesignError, match=r"makes 2 pages per badge, but page\.pages in its .* is 1"):
        renderer.render(attendee())


def test_a_picture_that_cannot_be_drawn_is_named(tmp_path: Path) -> None:
    design = make_design(tmp_path, '<img src="logo.png">')
    (design.folder / "logo.png").write_bytes(b"no picture")
    with pytest.raises(DesignError, match=r"mine/logo\.png: it is not a picture"):
        Renderer(design).render(attendee())


def test_a_picture_without_a_description_is_refused_only_in_pdf_ua(tmp_path: Path) -> None:
    design = make_design(tmp_path, '{{ attendee.name }}<img src="logo.svg" style="width: 5mm">')
    (design.folder / "logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
    )
    assert Renderer(design).render(attendee(name="प्रियंका")).pdf
    with pytest.raises(DesignError, match="has no required alt description"):
        Renderer(design, "pdf/ua-1").render(attendee())


def test_the_digest_of_a_design_changes_with_each_of_its_files(tmp_path: Path) -> None:
    design = make_design(tmp_path, NAME)
    before = design.digest()
    (design.folder / "logo.svg").write_text("<svg/>")
    after = design.digest()
    assert before != after
    (design.folder / "logo.svg").write_text("<svg></svg>")
    assert design.digest() not in (before, after)


def test_a_check_reports_text_outside_the_page(tmp_path: Path) -> None:
    template = (
        '<div style="position: absolute; top: 50mm">{{ fit(attendee.name, 60, 20, 20) }}\n'
        '{{ fit("Staff", 60, 6, 14, what="the role") }}</div>'
    )
    design = make_design(tmp_path, template)
    checked = islice(check(Renderer(design)), 1)
    errors = [finding.text for _name, findings in checked for finding in findings]
    assert "plain: the role (badge.html.jinja:2) is outside the page" in errors


def test_a_check_reports_overflowing_text_with_its_template_line(tmp_path: Path) -> None:
    template = (
        '<div style="height: 10mm">\n'
        '{{ fit(attendee.name, 60, 20, 60, what="the name") }}\n'
        "{{ fit(attendee.company, 60, 6, 14) }}</div>"
    )
    design = make_design(tmp_path, template, "p { colour: red }")
    checked = islice(check(Renderer(design)), 40)
    found = [finding for _name, findings in checked for finding in findings]
    errors = [finding.text for finding in found if finding.kind == "error"]
    assert any("the name (badge.html.jinja:2) overflows its box" in error for error in errors)
    assert any("badge.css" in error and "colour" in error for error in errors)
    notes = [finding.text for finding in found if finding.kind == "note"]
    assert any(note == "arabic: uses the fallback font Noto Sans Arabic" for note in notes)


def test_similar_findings_are_one_line_and_the_rarest_note_is_first() -> None:
    fonts = [
        Finding("note", f"uses the fallback font {number}", f"name-{number}", "uses a fallback font")
        for number in range(56)
    ]
    short = Finding("note", "the name did not fit and was shortened", "chinese-200")
    wide = [Finding("error", "the name overflows its box", name) for name in ("greek", "thai")]
    assert list(grouped([*fonts, short, *wide])) == [
        "error: 2 names: the name overflows its box: greek, thai",
        "note: chinese-200: the name did not fit and was shortened",
        "note: 56 names: uses a fallback font: name-0, name-1, name-2, name-3 and 52 more",
    ]
