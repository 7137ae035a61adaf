"""A fitted text stays inside its box, however the design's style draws it."""

import os
from pathlib import Path

import pypdfium2
import pytest

from badge_forge.attendee import Attendee
from badge_forge.checks.design import check
from badge_forge.checks.names import names
from badge_forge.designs.design import Design
from badge_forge.errors import DesignError
from badge_forge.rendering.renderer import Renderer
from helpers import badge_args, make_design

LEFT_MM, TOP_MM, WIDTH_MM, HEIGHT_MM = 18, 12, 50, 30
"""The box of the name. It is far from the edges of the page, so no ink is cut off."""

TOLERANCE_MM = 0.3
DPI = 150

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


def ink_outside_mm(pdf: bytes) -> float:
    """Return how far the ink of a badge extends beyond the box of the name."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=DPI / 72).to_pil().convert("L")
    ink = page.point(lambda gray: 255 * (gray < 200)).getbbox()
    assert ink
    left, top, right, bottom = (pixels * 25.4 / DPI for pixels in ink)
    beyond = LEFT_MM - left, TOP_MM - top, right - LEFT_MM - WIDTH_MM, bottom - TOP_MM - HEIGHT_MM
    return float(max(beyond))


@pytest.mark.parametrize("style", STYLES)
def test_no_style_draws_a_name_outside_its_box(style: str, tmp_path: Path) -> None:
    renderer = Renderer(design_of(tmp_path, STYLES[style]))
    everything = os.environ.get("CORPUS") == "all"
    for name in [name.text for name in names()] if everything else LONG:
        assert ink_outside_mm(renderer.render(attendee(name)).pdf) <= TOLERANCE_MM, name


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
