"""A fitted text stays inside its box, however the design's style draws it."""

import os
import re
from itertools import product
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from badge_forge.attendee import Attendee
from badge_forge.checks.design import check
from badge_forge.checks.names import names
from badge_forge.designs.design import Design
from badge_forge.errors import DesignError
from badge_forge.rendering.renderer import Renderer
from badge_forge.text.text import printable
from helpers import badge_args, make_design

LEFT_MM, TOP_MM, WIDTH_MM, HEIGHT_MM = 18, 12, 50, 30
"""The box of the name. It is far from the edges of the page, so no ink is cut off."""

TOLERANCE_MM = 0.3
DPI = 150

CELL_WIDTH_MM, CELL_HEIGHT_MM = 76.2, 50.8
"""A cell has a whole number of pixels, and 8 mm around the box of its name at the least."""

ROWS, COLUMNS = 12, 12
CELLS = list(product(range(ROWS), range(COLUMNS)))

STYLES = {
    "capitals": ".fit { text-transform: uppercase; letter-spacing: 0.1em }",
    "spaced by a length": "h1 { letter-spacing: 1.5mm }",
    "spaced words": ".fit { word-spacing: 6mm; text-align: center }",
    "another font": ".fit { font-family: 'DejaVu Sans Mono'; font-weight: 400 !important }",
    "italics": ".fit { font-family: 'DejaVu Serif'; font-style: italic; text-align: right }",
    "small capitals": "h1 { font-variant: small-caps; letter-spacing: 0.05em }",
    "features": ".fit { font-feature-settings: 'smcp', 'c2sc'; font-kerning: none }",
    "indented": "h1 { text-indent: 6mm; text-transform: capitalize }",
    "narrow": ".fit { letter-spacing: -0.05em; font-stretch: condensed; font-family: 'DejaVu Sans' }",
    "full width": ".fit { text-transform: full-width }",
}

LONG = [
    "Bartholomew Featherstonehaugh-Cholmondeley",
    "Jürgen Weißmüller",
    "ffififfifflfj J",
    "王小明 Ng",
]


def design_of(folder: Path, css: str, language: str = "en") -> Design:
    name = f"{{{{ fit(attendee.name, {WIDTH_MM}, {HEIGHT_MM}, 60, weight=900, line_height=1) }}}}"
    place = f"position: absolute; left: {LEFT_MM}mm; top: {TOP_MM}mm; width: {WIDTH_MM}mm"
    return make_design(
        folder,
        f'<html lang="{language}">\n<h1>{name}</h1>',
        f"h1 {{ margin: 0; font-weight: inherit; {place} }} {css}",
    )


def attendee(name: str) -> Attendee:
    return Attendee.from_args(badge_args(name=name))


def design_of_all_names(folder: Path, css: str) -> Design:
    """A design that shows all test names in a grid of cells, for any attendee."""
    design = design_of(folder, f"section {{ position: absolute }} {css}")
    toml = (design.folder / "design.toml").read_text()
    toml = re.sub(r"width_mm = .*", f"width_mm = {COLUMNS * CELL_WIDTH_MM}", toml)
    toml = re.sub(r"height_mm = .*", f"height_mm = {ROWS * CELL_HEIGHT_MM}", toml)
    (design.folder / "design.toml").write_text(toml)
    template = design.folder / "badge.html.jinja"
    html, heading = template.read_text().split("<h1>")
    cells = [
        f'<section style="left: {column * CELL_WIDTH_MM}mm; top: {row * CELL_HEIGHT_MM}mm">'
        f"<h1>{heading.replace('attendee.name', ascii(printable(attendee(name.text).name)))}</section>"
        for (row, column), name in zip(CELLS, names(), strict=False)
    ]
    template.write_text(html + "".join(cells))
    return Design.load(design.folder)


def picture(pdf: bytes) -> Image.Image:
    """Return the page of a PDF with its ink in white."""
    page: Image.Image = pypdfium2.PdfDocument(pdf)[0].render(scale=DPI / 72, grayscale=True).to_pil()
    return page.point(lambda gray: 255 * (gray < 200))


def ink_outside_mm(picture: Image.Image) -> float:
    """Return how far the ink of a badge, or of a cell, extends beyond the box of the name."""
    ink = picture.getbbox()
    assert ink
    left, top, right, bottom = (pixels * 25.4 / DPI for pixels in ink)
    beyond = LEFT_MM - left, TOP_MM - top, right - LEFT_MM - WIDTH_MM, bottom - TOP_MM - HEIGHT_MM
    return float(max(beyond))


@pytest.mark.parametrize("style", STYLES)
def test_no_style_draws_a_name_outside_its_box(style: str, tmp_path: Path) -> None:
    renderer = Renderer(design_of(tmp_path, STYLES[style]))
    for name in LONG:
        assert ink_outside_mm(picture(renderer.render(attendee(name)).pdf)) <= TOLERANCE_MM, name
    if os.environ.get("CORPUS") == "all":
        assert_all_names_are_in_their_boxes(style, tmp_path / "all")


def assert_all_names_are_in_their_boxes(style: str, tmp_path: Path) -> None:
    renderer = Renderer(design_of_all_names(tmp_path, STYLES[style]), reuse_layouts=False)
    page = picture(renderer.render(attendee("Ada Lovelace")).pdf)
    width, height = page.width // COLUMNS, page.height // ROWS
    assert len(names()) <= len(CELLS)
    for (row, column), name in zip(CELLS, names(), strict=False):
        left, top = column * width, row * height
        cell = page.crop((left, top, left + width, top + height))
        if ink_outside_mm(cell) > TOLERANCE_MM:
            # WeasyPrint takes fonts of one description for one font, such as DejaVu Sans Bold Oblique
            # and the slanted form of DejaVu Sans, which other names on the page may need.
            alone = Renderer(design_of(tmp_path / name.what, STYLES[style]))
            pdf = alone.render(attendee(name.text)).pdf
            assert ink_outside_mm(picture(pdf)) <= TOLERANCE_MM, name.what


def test_a_size_in_em_is_relative_to_the_size_of_the_text(tmp_path: Path) -> None:
    renderer = Renderer(design_of(tmp_path, ".fit { letter-spacing: 0.5em }"))
    (fit,) = renderer.lay_out(attendee("Ada Lovelace")).fits
    (plain,) = Renderer(design_of(tmp_path / "plain", "")).lay_out(attendee("Ada Lovelace")).fits
    assert 0.4 * plain.size_pt < fit.size_pt < 0.6 * plain.size_pt


def test_a_broken_word_gets_one_capital(tmp_path: Path) -> None:
    renderer = Renderer(design_of(tmp_path, "h1 { text-transform: capitalize }"))
    (fit,) = renderer.lay_out(attendee("m" * 60)).fits
    assert len(fit.fitted.lines) > 1
    assert "".join(fit.fitted.lines) == "M" + "m" * 59


AFTERWARDS = {
    "text before it": ".fit::before { content: 'Her Excellency ' }",
    "a style of its lines": ".line { letter-spacing: 2mm }",
    "a larger first letter": ".fit::first-letter { font-size: 400% }",
    "a forced size": ".fit { font-size: 80pt !important }",
    "a forced line height": ".fit { line-height: 3 !important }",
    "a forced height": ".fit { height: 5mm !important }",
    "a forced width": ".fit { width: 20mm !important }",
}


@pytest.mark.parametrize("style", AFTERWARDS)
@pytest.mark.parametrize("reuse_layouts", [True, False])
def test_a_style_that_changes_a_measured_text_is_an_error_with_the_line_of_the_template(
    style: str, reuse_layouts: bool, tmp_path: Path
) -> None:
    renderer = Renderer(design_of(tmp_path, AFTERWARDS[style]), reuse_layouts=reuse_layouts)

    def render_all() -> None:
        for name in LONG:
            renderer.render(attendee(name))

    with pytest.raises(DesignError, match=r"badge\.html\.jinja:2: the name is .* (wide|high), its box"):
        render_all()


def test_the_design_check_reports_a_style_that_changes_a_measured_text(tmp_path: Path) -> None:
    renderer = Renderer(design_of(tmp_path, AFTERWARDS["text before it"]))
    (_name, found) = next(check(renderer))
    assert {finding.kind for finding in found} == {"error"}
    assert all("badge.html.jinja:2: the name is" in finding.text for finding in found)


def test_a_page_is_styled_once_for_all_badges_even_if_it_contains_their_texts(tmp_path: Path) -> None:
    design = design_of(tmp_path, "")
    template = design.folder / "badge.html.jinja"
    template.write_text(template.read_text() + "<p>{{ attendee.id }}</p><p>{{ attendee.name }}</p>")
    renderer = Renderer(design)
    for name in LONG[:2]:
        renderer.render(attendee(name))
    assert len(renderer._template._styles._pages) == 1
