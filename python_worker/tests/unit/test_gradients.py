"""PDF/X-4 can't have gradients: the error names the file and line. Other PDFs can have them."""

import io
import re
from pathlib import Path

import pikepdf
import pytest

from badge_forge.attendee import Attendee
from badge_forge.checks.design import check
from badge_forge.designs.design import Design
from badge_forge.errors import DesignError
from badge_forge.rendering.renderer import Renderer
from helpers import badge_args, make_design, run

BOX = '<p class="box">x</p>'
SIZE = "body { color: var(--ink) } svg, img { width: 9mm } .box { width: 40mm; height: 20mm }\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">\n'
STOPS = '<stop offset="0" stop-color="#f00"/><stop offset="1" stop-color="#00f"/>'
PRESS_STOPS = STOPS.replace("#f00", "device-cmyk(0 1 1 0)").replace("#00f", "device-cmyk(1 1 0 0)")
LINEAR = f'<linearGradient id="g">{STOPS}</linearGradient>\n'
RADIAL = f'<radialGradient id="g">{STOPS}</radialGradient>\n'
FILLED = '<path fill="url(#g)" d="M0 0h9v9z"/></svg>'

IN_CSS = {
    "background": "\n.box { background: linear-gradient(red, blue) }",
    "background-image": "\n.box { background-image: linear-gradient(90deg, #f00, 50%, #00f) }",
    "radial": "\n.box { background: radial-gradient(circle, red, blue) }",
    "repeating": "\n.box { background: repeating-linear-gradient(red, blue 10%) }",
    "repeating-radial": "\n.box { background: repeating-radial-gradient(red, blue 10%) }",
    "transparent": "\n.box { background: linear-gradient(red, transparent) }",
    "in-upper-case": "\n.box { background: LINEAR-GRADIENT(red, blue) }",
    "named-colours": "\n.box { background: linear-gradient(var(--speaker), var(--ink)) }",
    "custom-property": "\n:root { --a: linear-gradient(red, blue) }\n.box { background: var(--a) }",
    "border-image": "\n.box { border: 2mm solid; border-image: linear-gradient(red, blue) 1 }",
    "page-background": "\n@page { background: linear-gradient(red, blue) }",
    "after-a-comment": "/* linear-gradient(\n*/ .box { background: linear-gradient(red, blue) }",
}

IN_SVG = {
    "linear": SVG + LINEAR + FILLED,
    "radial": SVG + RADIAL + FILLED,
    "in-defs": f"{SVG}<defs>{LINEAR}</defs>{FILLED}",
    "of-a-stroke": SVG + LINEAR + FILLED.replace("fill=", 'fill="none" stroke='),
    "in-cmyk": SVG + LINEAR.replace(STOPS, PRESS_STOPS) + FILLED,
    "in-a-pattern": f"{SVG}{LINEAR.replace('id="g"', 'id="h"')}"
    '<pattern id="g" width="3" height="3" patternUnits="userSpaceOnUse">'
    f'<path fill="url(#h)" d="M0 0h2v2H0z"/></pattern>{FILLED}',
    "in-a-mask": f'{SVG}{LINEAR}<mask id="m"><path fill="url(#g)" d="M0 0h9v9z"/></mask>'
    '<path mask="url(#m)" fill="device-cmyk(1 0 0 0)" d="M0 0h9v9z"/></svg>',
}


def attendee() -> Attendee:
    return Attendee.from_args(badge_args(design="mine"))


def shadings_of(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        found = [
            each for each in opened.objects if isinstance(each, pikepdf.Dictionary | pikepdf.Stream)
        ]
        return sum("/ShadingType" in each for each in found) + sum(
            len(each["/Shading"]) for each in found if "/Shading" in each
        )


def assert_refused(design: Design, place: str, count: int = 1) -> None:
    with pytest.raises(DesignError) as raised:
        Renderer(design, "pdf/x-4").render(attendee())
    message = str(raised.value)
    assert message.startswith(f"{design.folder}/{place}: "), message
    assert message.count(f"{design.folder}") == count
    assert re.search("PDF/X-4 can't have a (linear|radial) gradient; ", message)
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("css", IN_CSS.values(), ids=IN_CSS.keys())
def test_a_gradient_in_css_is_refused_in_pdf_x_4_and_drawn_otherwise(css: str, tmp_path: Path) -> None:
    design = make_design(tmp_path, BOX, SIZE.rstrip("\n") + css)
    assert_refused(design, "badge.css:2")
    assert shadings_of(Renderer(design).render(attendee()).pdf)


@pytest.mark.parametrize("svg", IN_SVG.values(), ids=IN_SVG.keys())
def test_a_gradient_in_a_drawing_is_refused_in_pdf_x_4_and_drawn_otherwise(
    svg: str, tmp_path: Path
) -> None:
    design = make_design(tmp_path, '<p>\n{{ drawing("art.svg.jinja", "art") }}', "img { width: 30mm }")
    (design.folder / "art.svg.jinja").write_text(svg)
    assert_refused(design, "art.svg.jinja:2")
    assert shadings_of(Renderer(design).render(attendee()).pdf)


def test_a_cmyk_gradient_is_refused_in_pdf_x_4(tmp_path: Path) -> None:
    stops = "device-cmyk(0 1 1 0), device-cmyk(1 1 0 0)"
    design = make_design(tmp_path, BOX, f"{SIZE}.box {{ background: radial-gradient({stops}) }}")
    assert_refused(design, "badge.css:2")


def test_a_cmyk_gradient_is_refused_in_other_pdfs_too(tmp_path: Path) -> None:
    stops = "device-cmyk(0 1 1 0), device-cmyk(1 1 0 0)"
    design = make_design(tmp_path, BOX, f"{SIZE}.box {{ background: linear-gradient({stops}) }}")
    with pytest.raises(
        DesignError, match=r"mine/badge\.css:2: a linear gradient can't have device-cmyk"
    ):
        Renderer(design).render(attendee())


@pytest.mark.parametrize(
    ("template", "files", "place"),
    [
        (
            '<p>\n<p class="box" style="background: linear-gradient(red, blue)">',
            {},
            "badge.html.jinja:2",
        ),
        (
            f"<style>\n\n.box {{ background: linear-gradient(red, blue) }}</style>{BOX}",
            {},
            "badge.html.jinja:3",
        ),
        (
            f'<link rel="stylesheet" href="more.css">{BOX}',
            {"more.css": "\n@import 'sub/most.css';", "sub/most.css": IN_CSS["radial"]},
            "sub/most.css:2",
        ),
        (
            f"{{% include 'part.jinja' %}}{BOX}",
            {"part.jinja": f"\n{SVG.strip()}{LINEAR}{FILLED}"},
            "part.jinja:2",
        ),
        ('<img src="art.svg" style="width: 9mm">', {"art.svg": IN_SVG["radial"]}, "art.svg:2"),
        (
            '<p class="box" style="background: url(art.svg)">',
            {"art.svg": IN_SVG["linear"]},
            "art.svg:2",
        ),
        (
            '<p style="display: list-item; list-style: inside url(art.svg)">x',
            {"art.svg": IN_SVG["radial"].replace("<svg ", '<svg width="9" height="9" ')},
            "art.svg:2",
        ),
    ],
    ids=[
        *("attribute", "style-element", "imported", "included-svg"),
        *("picture", "background-picture", "list-style-picture"),
    ],
)
def test_a_gradient_in_another_file_is_reported_with_that_file(
    template: str, files: dict[str, str], place: str, tmp_path: Path
) -> None:
    design = make_design(tmp_path, template, SIZE)
    for name, content in files.items() | {("unused.css", IN_CSS["radial"]), ("old.svg", SVG + LINEAR)}:
        (design.folder / name).parent.mkdir(exist_ok=True)
        (design.folder / name).write_text(content)
    assert_refused(design, place)


def test_all_possible_gradients_are_listed(tmp_path: Path) -> None:
    css = SIZE + ".a, .box { background: linear-gradient(red, blue) }\n" * 5
    message = r"badge\.css:2, .*badge\.css:3, .*badge\.css:4 \(and 2 more\): PDF/X-4 can't"
    with pytest.raises(DesignError, match=message):
        Renderer(make_design(tmp_path, BOX, css), "pdf/x-4").render(attendee())


def test_a_gradient_built_by_the_template_is_refused_too(tmp_path: Path) -> None:
    body = """<p class="box" style="background: {{ 'linear-' ~ 'gradient(red, blue)' }}">"""
    assert_refused(make_design(tmp_path, body, SIZE), "badge.html.jinja")


def test_a_border_in_relief_is_refused_in_pdf_x_4_too(tmp_path: Path) -> None:
    design = make_design(tmp_path, BOX, ".box {\n border: 1mm groove var(--ink) }")
    with pytest.raises(DesignError, match=r"mine/badge\.css:2: CMYK can't have groove, ridge"):
        Renderer(design, "pdf/x-4").render(attendee())
    assert Renderer(design).render(attendee()).pdf


def test_a_check_reports_a_gradient_once(tmp_path: Path) -> None:
    variant = {
        '[event]\nname = "Oban Conf"': '[pdf]\nvariant = "pdf/x-4"\n\n[event]\nname = "Oban Conf"'
    }
    design = make_design(tmp_path, BOX, SIZE + IN_CSS["radial"].strip(), **variant)
    found = [finding for _name, findings in check(Renderer(design)) for finding in findings]
    assert [(finding.kind, finding.text.split(": ")[0]) for finding in found] == [
        ("error", f"{design.folder}/badge.css:2")
    ]


def test_a_preview_reports_a_gradient_on_one_line(tmp_path: Path) -> None:
    make_design(tmp_path, BOX, SIZE + IN_CSS["radial"].strip())
    result = run(
        *("preview", "--design", "mine", "--pdf-variant", "pdf/x-4", "-o", str(tmp_path / "ada.pdf")),
        DESIGNS_DIR=str(tmp_path),
    )
    assert result.returncode == 1
    assert result.stderr.startswith(
        f"badge-forge: {tmp_path}/mine/badge.css:2: PDF/X-4 can't have a radial"
    )
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "ada.pdf").exists()
