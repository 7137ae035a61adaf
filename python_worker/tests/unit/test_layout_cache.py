"""A page from a reused layout is identical to the page that plain WeasyPrint makes."""

import gc
import io
import logging
from pathlib import Path

import pikepdf
import pytest

from badge_forge.attendee import Attendee
from badge_forge.designs.design import PdfVariant
from badge_forge.errors import DesignError
from badge_forge.rendering.layout_reuse import layout_cache
from badge_forge.rendering.layout_reuse.layout_cache import MAX_MISSES, CachedLayout, LayoutCache
from badge_forge.rendering.renderer import Renderer
from helpers import badge_args, make_design, same_pages, shipped_design

NAME = '{{ fit(attendee.name, 60, 22, 40, weight=900, what="the name") }}'
SMALL = '{{ fit(attendee.name, 60, 10, 14, min_pt=8, what="the name") }}'
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
    """Return how many documents WeasyPrint has laid out since the last call."""
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
    "with borders": "h1, p { border: 0.5mm solid #c00; padding: 0.5mm }",
    "with a minimum height": "h1 { min-height: 20mm }",
    "with a maximum height": "h1 { max-height: 5mm; overflow: hidden }",
    "relative": "h1 { position: relative; left: 2mm; top: 1mm }",
    "rotated": "main { transform: rotate(10deg) } h1 { transform: rotate(-3deg) }",
    "half transparent": "h1 { opacity: 0.5 }",
    "to the right": "main { text-align: right }",
    "in the middle": "main { text-align: center }",
    "justified": "main { text-align: justify }",
    "in capitals": "h1 { text-transform: uppercase } p { text-transform: capitalize }",
    "spaced": "h1 { letter-spacing: 0.05em } p { word-spacing: 2mm }",
    "underlined": "h1 { text-decoration: underline 0.05em #c00 } p { text-decoration: line-through }",
    "indented": "h1 { text-indent: 4mm }",
    "with a large first letter": "h1::first-letter { color: #c00; font-size: 150% }",
    "with a styled first line": "h1::first-line { color: #c00 }",
    "with text before and after": "h1::before { content: '* ' } .fit::after { content: '!' }",
    "floating": "h1 { float: left }",
    "colored by its parent": "main { color: #080 } .fit { color: #c00 }",
    "with an overridden font size": ".fit { font-size: 12pt !important; line-height: 2 !important }",
    "with a margin in em": ".fit { margin-left: 0.2em }",
    "with a margin in a variable": ":root { --room: 0.2em } .fit { margin-left: var(--room) }",
    "with wrapping": ".fit { white-space: normal }",
    "right to left": "main { direction: rtl }",
    "as a table": "main { display: table }",
    "as a grid": "main { display: grid; grid-template-rows: auto 1fr auto }",
    "hidden": "h1 { visibility: hidden }",
    "in Turkish capitals": ":root { -weasy-lang: 'tr' } h1 { text-transform: uppercase }",
    "in small capitals": "h1 { font-variant: small-caps } p { font-variant: all-small-caps }",
    "in italics of another font": "h1 { font: italic 9pt 'DejaVu Serif' }",
    "with features": "h1 { font-feature-settings: 'smcp', 'kern' 0; font-kerning: none }",
    "spaced in percent of the page": ".fit { letter-spacing: 1vw; word-spacing: calc(1vh + 0.1em) }",
    "spaced in em of the text": ".fit { letter-spacing: 0.2em; word-spacing: 1em }",
}


HEADER = "<header>{{ qr_code(22) }}<h1>" + SMALL + "</h1><p>Speaker</p></header>"

TRICKS = {
    "a name beside a float": (HEADER, ".qr { float: left; margin-right: 3mm } h1, p { margin: 0 }"),
    "a floating name": (HEADER, ".fit { float: left } h1, p { margin: 0 }"),
    "a QR code in a background": (
        SMALL + "{% set code = qr_code(25) %}<div></div>",
        "div { width: 25mm; height: 25mm; background: url(qr:0) 0 0 / 100% 100% no-repeat }",
    ),
    "a QR code that is not shown": (SMALL + "{% set code = qr_code(25) %}", ""),
    "a column of a percentage": (
        f"<main><h1>{NAME}</h1><p>Of</p></main><b>after</b>",
        "main { display: flex; flex-direction: column; height: 80%; justify-content: center }"
        "main > * { flex: none; margin: 0 }",
    ),
    "a name on the baseline of another text": (
        "<div>{{ fit(attendee.name, 60, 10, 14, min_pt=8) }}</div><p>b</p>",
        "body { display: flex; align-items: baseline } p { font-size: 30pt }",
    ),
    "a name in a table": (
        f"<table><td>{SMALL}</td><td class=b>b</td></table>",
        "td { vertical-align: baseline } .b { font-size: 30pt }",
    ),
    "a name of auto width": (f"<p>{SMALL}</p>", "p { float: left } .fit { width: auto !important }"),
    "a name in the corner": (
        f"<p>{SMALL}</p>",
        "p { position: absolute; right: 5mm; margin: 0 } .fit { width: auto !important }",
    ),
    "a box of another size": (COLUMN, CENTERED + ".fit { padding: 3mm !important }"),
    "a box of another height": (COLUMN, CENTERED + ".fit { height: 10mm !important }"),
    "a box with border-box sizing": (COLUMN, CENTERED + ".fit { box-sizing: border-box }"),
    "a single line": (COLUMN, CENTERED + "h1 { line-clamp: 1 } .fit { max-lines: 1 }"),
    "lines with a style": (COLUMN, CENTERED + ".line { letter-spacing: 1mm; color: #c00 }"),
    "a styled first line element": (COLUMN, CENTERED + ".line:first-child { color: #c00 }"),
    "an empty element": (COLUMN, CENTERED + ".fit:not(:empty) { color: #c00 }"),
    "a text repeated by string-set": (
        COLUMN,
        CENTERED + "@page { margin-bottom: 5mm; @bottom-center { content: string(n) } }"
        "h1 { string-set: n content() }",
    ),
    "a data-fit attribute in the template": (SMALL + "<div data-fit>x</div><p data-fit='7'>y</p>", ""),
}

CHANGES_MEASURED_TEXTS = {
    "with text before and after",
    "with an overridden font size",
    "a box of another height",
    "lines with a style",
}
"""Designs that draw some texts larger than they were measured. Their jobs fail."""

ATTENDEES = [attendee(*person) for person in PEOPLE]

Made = bytes | str
"""The PDF of a badge, or the error."""


def made(renderer: Renderer, badge: Attendee) -> Made:
    try:
        return renderer.render(badge).pdf
    except DesignError as error:
        return str(error)


def same(one: Made, other: Made) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return same_pages(one, other)


def pages(renderer: Renderer, what: str) -> list[Made]:
    """Return the pages of all badges. Only designs of `CHANGES_MEASURED_TEXTS` have errors."""
    found = [made(renderer, badge) for badge in ATTENDEES]
    assert any(isinstance(page, str) for page in found) == (what in CHANGES_MEASURED_TEXTS)
    return found


def assert_makes(renderer: Renderer, wanted: list[Made]) -> None:
    for badge, page in zip(ATTENDEES, wanted, strict=True):
        assert same(made(renderer, badge), page), badge.name


@pytest.fixture(scope="module", params=list(STYLES))
def styled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Renderer, list[Made]]:
    """A renderer of a design with one style, and its pages from plain WeasyPrint.

    The tests share the renderer, because the first badge of each takes as long as six others.
    """
    design = make_design(tmp_path_factory.mktemp("styled"), COLUMN, CENTERED + STYLES[request.param])
    renderer = Renderer(design, reuse_layouts=False)
    return renderer, pages(renderer, request.param)


def test_every_style_gives_the_pages_of_plain_weasyprint(styled: tuple[Renderer, list[Made]]) -> None:
    renderer, plain = styled
    renderer._layout_cache = Renderer(renderer.design)._layout_cache
    assert_makes(renderer, plain)


def test_a_trusted_cache_gives_the_pages_of_plain_weasyprint(
    styled: tuple[Renderer, list[Made]],
) -> None:
    renderer, plain = styled
    renderer._layout_cache = LayoutCache(trusted=True)
    assert_makes(renderer, plain)


@pytest.mark.parametrize("trick", TRICKS)
def test_every_tricky_design_gives_the_pages_of_plain_weasyprint(tmp_path: Path, trick: str) -> None:
    renderer = Renderer(make_design(tmp_path, *TRICKS[trick]), reuse_layouts=False)
    plain = pages(renderer, trick)
    renderer._layout_cache = Renderer(renderer.design)._layout_cache
    assert_makes(renderer, plain)


def test_every_badge_has_its_attachments(tmp_path: Path) -> None:
    design = make_design(tmp_path, '<link rel="attachment" href="a.txt">' + SMALL)
    (design.folder / "a.txt").write_text("attached")
    renderer = Renderer(design)
    for name in ("Ada Lovelace", "Bo Li", "Ada Lovelace"):
        with pikepdf.open(io.BytesIO(renderer.render(attendee(name)).pdf)) as pdf:
            assert [file.get_file().read_bytes() for file in pdf.attachments.values()] == [b"attached"]


def test_the_cache_gives_up_on_a_design_whose_pages_all_differ(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    renderer = Renderer(make_design(tmp_path, "<p>{{ attendee.id }}</p>" + SMALL))
    for _ in range(MAX_MISSES + 1):
        renderer.render(attendee())
    caplog.set_level(logging.INFO, "weasyprint.progress")
    for _ in range(3):
        renderer.render(attendee())
        assert layouts(caplog) == 1


@pytest.mark.parametrize("style", ["centered", "at the top", "at the bottom", "spaced", "in capitals"])
def test_a_column_of_texts_is_laid_out_once(
    tmp_path: Path, style: str, caplog: pytest.LogCaptureFixture
) -> None:
    renderer = Renderer(make_design(tmp_path, COLUMN, CENTERED + STYLES[style]))
    for name, company in PEOPLE[:3] * 2:  # the cache compares these pages with plain WeasyPrint
        renderer.render(attendee(name, company))
    caplog.set_level(logging.INFO, "weasyprint.progress")
    for name, company in [("Ada Lovelace", "Navy"), *PEOPLE[:3]]:
        renderer.render(attendee(name, company))
        assert layouts(caplog) == 0


@pytest.mark.parametrize("variant", ["", "pdf/ua-1"])
@pytest.mark.parametrize("design", ["conf-4x6", "a6", "card-86x54", "fold-a5"])
def test_a_reused_layout_gives_the_bytes_of_a_new_one(design: str, variant: PdfVariant) -> None:
    settings = shipped_design(design), variant
    used, badge = Renderer(*settings), attendee(title="Countess", design=design)
    used.render(attendee("Morag MacLeod", "Lighthouse Systems of Lewis and Harris", title="Keeper"))
    assert used.render(badge).pdf == Renderer(*settings).render(badge).pdf


@pytest.mark.parametrize("design", ["conf-4x6", "a6", "card-86x54", "fold-a5"])
def test_a_shipped_design_is_laid_out_once_for_badges_of_one_kind(
    design: str, caplog: pytest.LogCaptureFixture
) -> None:
    renderer = Renderer(shipped_design(design))
    caplog.set_level(logging.INFO, "weasyprint.progress")
    for number, name in enumerate(["Ada Lovelace", "Hyacinth Bouquet-Featherstone", "Bo Li"]):
        company = "Analytical " * (number + 1)
        # A random id with many digits has a smaller QR code, which needs a layout of another size.
        badge_id = f"7bfb7c39-c354-4cce-ad5b-f1be2814b1{number}e"
        badge = attendee(name, company, title="T" * (number + 1), design=design, id=badge_id)
        renderer.render(badge)
        assert layouts(caplog) == (number == 0)


def test_a_reused_layout_has_the_qr_code_of_its_badge(tmp_path: Path) -> None:
    design = make_design(tmp_path, NAME + "{{ qr_code(29) }}", "")
    renderer, plain = Renderer(design), Renderer(design, reuse_layouts=False)
    for url in ("https://a.example", "https://b.example", "https://example.org/" + "long/" * 9):
        badge = attendee(qr="url", url=url)
        assert same_pages(renderer.render(badge).pdf, plain.render(badge).pdf)


def test_a_drawing_that_differs_between_badges_is_drawn(tmp_path: Path) -> None:
    design = make_design(
        tmp_path, NAME + '{{ drawing("dot.svg.jinja", "A dot") }}', ".dot { width: 9mm }"
    )
    (design.folder / "dot.svg.jinja").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
        '<circle r="{{ attendee.company | length }}"/></svg>'
    )
    renderer, plain = Renderer(design), Renderer(design, reuse_layouts=False)
    for company in ("a", "abcd", "abc"):
        badge = attendee(company=company)
        assert same_pages(renderer.render(badge).pdf, plain.render(badge).pdf)


def test_a_reused_layout_has_the_metadata_of_its_badge(tmp_path: Path) -> None:
    renderer = Renderer(make_design(tmp_path, NAME))
    for badge in (attendee("Ada Lovelace"), attendee("Bo Li")):
        with pikepdf.open(io.BytesIO(renderer.render(badge).pdf)) as pdf:
            assert (str(pdf.docinfo.Title), str(pdf.docinfo.Badge)) == (badge.name, badge.id)


def cached_layouts() -> int:
    """Count the cached layouts of all renderers."""
    gc.collect()
    return sum(isinstance(thing, CachedLayout) for thing in gc.get_objects())


def test_the_number_of_cached_layouts_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 3
    monkeypatch.setattr(layout_cache, "MAX_LAYOUTS", most)
    renderer = Renderer(make_design(tmp_path, "{{ attendee.name }}" + NAME))
    renderer._layout_cache = LayoutCache(trusted=True)
    before = cached_layouts()
    for number in range(3 * most):
        for _ in range(2):  # otherwise the cache would give up on the design
            renderer.render(attendee(f"Number {number}"))
        assert 1 <= cached_layouts() - before <= most
