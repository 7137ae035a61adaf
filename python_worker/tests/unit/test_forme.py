"""A page that is laid out once and used again is the page that WeasyPrint itself makes of each badge."""

import io
import logging
import tracemalloc
from pathlib import Path

import pikepdf
import pytest

from badge_forge.attendee import Attendee
from badge_forge.design import PdfVariant
from badge_forge.forme import FORMES
from badge_forge.rendering import Renderer
from helpers import badge_args, make_design, pixels, shipped_design

NAME = '{{ fit(attendee.name, 60, 22, 40, weight=900, what="the name") }}'
COMPANY = "{{ fit(attendee.company, 60, 8, 14, min_pt=8, lines=2) }}"
COLUMN = f"<main><h1>{NAME}</h1><p>Of</p><p>{COMPANY}</p></main>"

CENTERED = (
    "h1, p { margin: 0; font-size: 9pt; font-weight: inherit } h1 + p { margin: 2mm 0 1mm } "
    "main { position: absolute; left: 5mm; top: 5mm; width: 60mm; height: 44mm;"
    " display: flex; flex-direction: column; justify-content: center } main > * { flex: none } "
)

PEOPLE = [
    ("Ada Lovelace", "Analytical"),
    (
        "Bartholomew Featherstonehaugh-Cholmondeley",
        "Hebridean Distributed Systems and Sons of Stornoway",
    ),
    ("Li", "Ægir & Søn"),
    ("مريم القاسم", "شركة"),
    ("王小明", "Analytical"),
    ("Ada Lovelace", "Analytical"),
]


def attendee(name: str = "Ada Lovelace", company: str = "Analytical", **changes: str) -> Attendee:
    return Attendee.from_args(badge_args(name=name, company=company, **changes))


def layouts(caplog: pytest.LogCaptureFixture) -> int:
    """Return how many documents WeasyPrint has laid out since the last time."""
    count = sum("Creating layout - Page 1" in record.getMessage() for record in caplog.records)
    caplog.clear()
    return count


STYLES = {
    "centered": "",
    "at the top": "main { justify-content: flex-start }",
    "at the bottom": "main { justify-content: flex-end }",
    "spread": "main { justify-content: space-between }",
    "with gaps": "main { row-gap: 1mm }",
    "growing": "h1 { flex: 1 0 auto }",
    "shrinking": "main { height: 20mm } main > * { flex: 0 1 auto }",
    "too high": "main { height: 12mm }",
    "pushed by margins": "h1 { margin-bottom: auto }",
    "in reverse": "main { flex-direction: column-reverse }",
    "in another order": "h1 { order: 2 }",
    "as blocks": "main { display: block }",
    "as a row": "main { flex-direction: row }",
    "as high as its content": "main { height: auto; bottom: auto }",
    "no flexbox at all": "main { display: block; position: static; margin: 3mm }",
    "on a background": "h1 { background: #fe8 } main { background: #eef }",
    "in frames": "h1, p { border: 0.5mm solid #c00; padding: 0.5mm }",
    "of a least height": "h1 { min-height: 20mm }",
    "of a greatest height": "h1 { max-height: 5mm; overflow: hidden }",
    "relative": "h1 { position: relative; left: 2mm; top: 1mm }",
    "turned": "main { transform: rotate(10deg) } h1 { transform: rotate(-3deg) }",
    "half transparent": "h1 { opacity: 0.5 }",
    "to the right": "main { text-align: right }",
    "in the middle": "main { text-align: center }",
    "justified": "main { text-align: justify }",
    "in capitals": "h1 { text-transform: uppercase } p { text-transform: capitalize }",
    "spaced": "h1 { letter-spacing: 0.05em } p { word-spacing: 2mm }",
    "underlined": "h1 { text-decoration: underline 0.05em #c00 } p { text-decoration: line-through }",
    "indented": "h1 { text-indent: 4mm }",
    "with a large first letter": "h1::first-letter { color: #c00; font-size: 150% }",
    "with another first line": "h1::first-line { color: #c00 }",
    "with something before": "h1::before { content: '* ' } .fit::after { content: '!' }",
    "floating": "h1 { float: left }",
    "colored by its parent": "main { color: #080 } .fit { color: #c00 }",
    "of a size that is said elsewhere": ".fit { font-size: 12pt !important; line-height: 2 !important }",
    "with room in em": ".fit { margin-left: 0.2em }",
    "with room in a variable": ":root { --room: 0.2em } .fit { margin-left: var(--room) }",
    "with wrapping": ".fit { white-space: normal }",
    "right to left": "main { direction: rtl }",
    "as a small table": "main { display: table }",
    "as a grid": "main { display: grid; grid-template-rows: auto 1fr auto }",
    "out of sight": "h1 { visibility: hidden }",
}


@pytest.mark.parametrize("css", STYLES.values(), ids=STYLES)
def test_whatever_the_style_the_page_is_that_of_plain_weasyprint(tmp_path: Path, css: str) -> None:
    design = make_design(tmp_path, COLUMN, CENTERED + css)
    renderer, plain = Renderer(design), Renderer(design, standing=False)
    for name, company in PEOPLE:
        badge = attendee(name, company)
        assert pixels(renderer.render(badge).pdf) == pixels(plain.render(badge).pdf), name


@pytest.mark.parametrize("style", ["centered", "at the top", "at the bottom", "spaced", "in capitals"])
def test_a_column_of_texts_is_laid_out_once(
    tmp_path: Path, style: str, caplog: pytest.LogCaptureFixture
) -> None:
    renderer = Renderer(make_design(tmp_path, COLUMN, CENTERED + STYLES[style]))
    caplog.set_level(logging.INFO, "weasyprint.progress")
    for number, (name, company) in enumerate(PEOPLE[:3]):
        renderer.render(attendee(name, company))
        assert layouts(caplog) == (number == 0)


@pytest.mark.parametrize("variant", ["", "pdf/ua-1"])
@pytest.mark.parametrize("design", ["conf-4x6", "a6", "card-86x54", "fold-a5"])
def test_a_used_again_page_gives_the_bytes_of_a_fresh_one(design: str, variant: PdfVariant) -> None:
    settings = shipped_design(design), variant
    used, badge = Renderer(*settings), attendee(title="Countess", design=design)
    used.render(attendee("Morag MacLeod", "Lighthouse Systems of Lewis and Harris", title="Keeper"))
    assert used.render(badge).pdf == Renderer(*settings).render(badge).pdf


@pytest.mark.parametrize("design", ["conf-4x6", "a6", "card-86x54", "fold-a5"])
def test_the_shipped_designs_are_laid_out_once_for_all_badges_alike(
    design: str, caplog: pytest.LogCaptureFixture
) -> None:
    renderer = Renderer(shipped_design(design))
    caplog.set_level(logging.INFO, "weasyprint.progress")
    for number, name in enumerate(["Ada Lovelace", "Hyacinth Bouquet-Featherstone", "Bo Li"]):
        company = "Analytical " * (number + 1)
        renderer.render(attendee(name, company, title="T" * (number + 1), design=design))
        assert layouts(caplog) == (number == 0)


def test_a_qr_code_is_the_badges_own_on_a_page_that_is_used_again(tmp_path: Path) -> None:
    design = make_design(tmp_path, NAME + "{{ qr_code(29) }}", "")
    renderer, plain = Renderer(design), Renderer(design, standing=False)
    for url in ("https://a.example", "https://b.example", "https://example.org/" + "long/" * 9):
        badge = attendee(qr="url", url=url)
        assert pixels(renderer.render(badge).pdf) == pixels(plain.render(badge).pdf)


def test_a_drawing_that_is_another_is_drawn(tmp_path: Path) -> None:
    design = make_design(
        tmp_path, NAME + '{{ drawing("dot.svg.jinja", "A dot") }}', ".dot { width: 9mm }"
    )
    (design.folder / "dot.svg.jinja").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
        '<circle r="{{ attendee.company | length }}"/></svg>'
    )
    renderer, plain = Renderer(design), Renderer(design, standing=False)
    for company in ("a", "abcd", "abc"):
        badge = attendee(company=company)
        assert pixels(renderer.render(badge).pdf) == pixels(plain.render(badge).pdf)


def test_what_a_badge_says_of_itself_is_its_own(tmp_path: Path) -> None:
    renderer = Renderer(make_design(tmp_path, NAME))
    for badge in (attendee("Ada Lovelace"), attendee("Bo Li")):
        with pikepdf.open(io.BytesIO(renderer.render(badge).pdf)) as pdf:
            assert (str(pdf.docinfo.Title), str(pdf.docinfo.Badge)) == (badge.name, badge.id)


def test_pages_of_too_many_kinds_are_not_all_kept(tmp_path: Path) -> None:
    renderer = Renderer(make_design(tmp_path, "{{ attendee.name }}" + NAME))
    for number in range(2 * FORMES):
        renderer.render(attendee(f"Number {number}"))
    tracemalloc.start()
    for number in range(2 * FORMES):
        renderer.render(attendee(f"Number {number} again"))
    grown, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 30_000_000
