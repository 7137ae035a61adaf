"""Gradients and shadows are drawn in the design's inks. Others are errors that name file and line."""

import io
import re
from pathlib import Path

import pikepdf
import pydyf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat

from badge_forge.attendee import Attendee
from badge_forge.checks.design import check
from badge_forge.designs.design import Design
from badge_forge.errors import DesignError
from badge_forge.rendering.pdf.finishing import _require_cmyk
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
    assert re.search("a (linear|radial) gradient can't have these colors", message)
    assert len(message.splitlines()) == 1


def in_design_colors(css: str) -> str:
    """Replace the colors of a style sheet with colors of the design."""
    return (
        re.sub(r"(?<![\w-])(red|#f00)(?!\w)", "var(--speaker)", css)
        .replace("blue", "var(--ink)")
        .replace("#00f", "var(--ink)")
    )


def picture(pdf: bytes) -> Image.Image:
    return pypdfium2.PdfDocument(pdf)[0].render(scale=1).to_pil().convert("RGB")  # type: ignore[no-any-return]


def assert_same_in_cmyk(design: Design, tolerance: float = 20) -> None:
    """Assert that the PDF/X-4 looks like the RGB picture, which is not empty, and has four inks only."""
    in_rgb, renderer = Renderer(design).render(attendee()).pdf, Renderer(design, "pdf/x-4")
    expected = picture(in_rgb)
    assert len(expected.getcolors(100_000) or ()) > 20, "there is no gradient"
    for _badge in range(2):  # the second one reuses what the first one drew
        pdf = renderer.render(attendee()).pdf
        difference = ImageChops.difference(expected, picture(pdf))
        assert max(ImageStat.Stat(difference).mean) < tolerance
        assert color_spaces(pdf) <= {"/DeviceCMYK", "/DeviceGray"}


def color_spaces(pdf: bytes) -> set[str]:
    """Return the color spaces of all gradients, groups and images, and that of any RGB operator."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        streams = [each for each in opened.objects if isinstance(each, pikepdf.Stream)]
        others = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary)]
        spaces = {str(each.ColorSpace) for each in streams if "/ColorSpace" in each}
        spaces |= {str(each.Group.CS) for each in streams if "/Group" in each}
        spaces |= {str(each.ColorSpace) for each in others if "/ShadingType" in each}
        pages = [page.Contents for page in opened.pages]
        for stream in [*pages, *(each for each in streams if "/BBox" in each)]:
            operators = {str(each.operator) for each in pikepdf.parse_content_stream(stream)}
            spaces |= {"/DeviceRGB"} if operators & {"rg", "RG"} else set()
    return spaces


@pytest.mark.parametrize("css", IN_CSS.values(), ids=IN_CSS.keys())
def test_a_gradient_between_design_colors_is_drawn_in_four_inks(css: str, tmp_path: Path) -> None:
    assert_same_in_cmyk(make_design(tmp_path, BOX, SIZE.rstrip("\n") + in_design_colors(css)))


@pytest.mark.parametrize("way", sorted(IN_CSS.keys() - {"named-colours"}))
def test_a_gradient_in_rgb_is_refused_in_pdf_x_4_and_drawn_otherwise(way: str, tmp_path: Path) -> None:
    design = make_design(tmp_path, BOX, SIZE.rstrip("\n") + IN_CSS[way])
    assert_refused(design, "badge.css:2")
    assert shadings_of(Renderer(design).render(attendee()).pdf)


@pytest.mark.parametrize("shadow", ["1mm 1mm 2mm", "inset 1mm 1mm 2mm", "0 0 4mm 1mm"])
def test_a_blurred_shadow_is_drawn_in_four_inks(shadow: str, tmp_path: Path) -> None:
    css = f".box {{ margin: 9mm; background: var(--paper); box-shadow: {shadow} var(--ink) }}"
    assert_same_in_cmyk(make_design(tmp_path, BOX, SIZE + css))


def test_a_gradient_has_exactly_the_inks_of_its_colors(tmp_path: Path) -> None:
    css = f"{SIZE}.box {{ background: linear-gradient(var(--speaker), var(--ink)) }}"
    design = make_design(tmp_path, BOX, css)
    with pikepdf.open(io.BytesIO(Renderer(design, "pdf/x-4").render(attendee()).pdf)) as opened:
        (shading,) = [
            each
            for each in opened.objects
            if isinstance(each, pikepdf.Dictionary) and "/ShadingType" in each
        ]
        (part,) = shading.Function.Functions
        for end, name in ((part.C0, "speaker"), (part.C1, "ink")):
            percents = design.settings.colors[name].cmyk
            assert percents
            inks = [ink / 100 for ink in percents]
            assert [float(ink) for ink in end] == pytest.approx(inks, abs=1e-4)


def test_transparency_is_not_drawn_with_black_ink(tmp_path: Path) -> None:
    css = f"{SIZE}.box {{ background: linear-gradient(var(--speaker), transparent) }}"
    pdf = Renderer(make_design(tmp_path, BOX, css), "pdf/x-4").render(attendee()).pdf
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        (mask,) = [
            each.SMask.G
            for resources in opened.objects
            if isinstance(resources, pikepdf.Dictionary) and "/ExtGState" in resources
            for each in resources.ExtGState.values()
            if "/SMask" in each
        ]
        assert mask.Group.CS == "/DeviceGray"


@pytest.mark.parametrize("svg", IN_SVG.values(), ids=IN_SVG.keys())
def test_a_gradient_in_a_drawing_is_drawn_in_four_inks(svg: str, tmp_path: Path) -> None:
    design = make_design(tmp_path, '{{ drawing("art.svg.jinja", "art") }}', "img { width: 30mm }")
    (design.folder / "art.svg.jinja").write_text(svg)
    assert_same_in_cmyk(design)


def test_a_device_cmyk_gradient_is_drawn_in_every_pdf(tmp_path: Path) -> None:
    stops = "device-cmyk(0 1 1 0), device-cmyk(1 1 0 0)"
    design = make_design(tmp_path, BOX, f"{SIZE}.box {{ background: radial-gradient({stops}) }}")
    assert_same_in_cmyk(design)


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
    ],
    ids=["attribute", "style-element", "imported"],
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
    message = r"badge\.css:2, .*badge\.css:3, .*badge\.css:4 \(and 2 more\): a linear gradient can't"
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
    assert result.stderr.startswith(f"badge-forge: {tmp_path}/mine/badge.css:2: a radial gradient can't")
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "ada.pdf").exists()


@pytest.mark.parametrize(
    "body",
    [
        '<img src="art.svg" style="width: 20mm">',
        '<p class="box" style="background: url(art.svg)">',
        '<p style="display: list-item; list-style: inside url(art.svg)">x',
        "{% include 'art.svg' %}",
    ],
    ids=["picture", "background-picture", "list-style-picture", "included-svg"],
)
def test_a_logo_with_an_rgb_gradient_is_drawn_in_four_inks(body: str, tmp_path: Path) -> None:
    design = make_design(tmp_path, body, SIZE)
    (design.folder / "art.svg").write_text(
        IN_SVG["linear"].replace("<svg ", '<svg width="60" height="60" ')
    )
    assert_same_in_cmyk(design)


@pytest.mark.parametrize("where", ["page", "form", "pattern", "mask", "shading", "image", "group"])
def test_rgb_is_found_wherever_it_is(where: str) -> None:
    """The check is the last safeguard: nothing that Badge Forge draws fails it."""
    pdf = pydyf.PDF()
    page = pydyf.Stream([b"0 g"])
    form = pydyf.Stream([b"0 g"], {"Subtype": "/Form", "Group": pydyf.Dictionary({"CS": "/DeviceCMYK"})})
    pattern = pydyf.Stream([b"0 g"], {"PatternType": 1})
    image = pydyf.Stream([b""], {"Subtype": "/Image", "ColorSpace": "/DeviceCMYK"})
    part = pydyf.Dictionary({"C0": [0], "C1": [1]})
    shading = pydyf.Dictionary({"ShadingType": 2, "ColorSpace": "/DeviceCMYK", "Function": part})
    for each in (page, form, pattern, image, shading):
        pdf.add_object(each)
    pdf.add_page(pydyf.Dictionary({"Type": "/Page", "Contents": page.reference}))
    _require_cmyk(pdf)
    if where in ("page", "form", "pattern"):
        {"page": page, "form": form, "pattern": pattern}[where].stream.append(b"1 0 0 rg")
    elif where == "mask":
        form.stream.append(b"1 0 0 RG")
    elif where == "shading":
        part["C1"] = [0, 1, 0]
    elif where == "image":
        image.extra["ColorSpace"] = pydyf.Array(["/Indexed", "/DeviceRGB", 1, "<000000ffffff>"])
    else:
        form.extra["Group"]["CS"] = "/DeviceRGB"
    with pytest.raises(DesignError, match="RGB"):
        _require_cmyk(pdf)
