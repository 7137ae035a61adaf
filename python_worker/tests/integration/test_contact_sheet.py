"""`badge-forge contact-sheet`: finished badges, 40 on a page, each with its name below."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pikepdf
import psycopg
import pypdfium2
import pytest
from PIL import Image
from psycopg.types.json import Jsonb

from badge_forge.attendee import Attendee
from badge_forge.checks.names import names
from badge_forge.errors import InputError
from badge_forge.rendering.renderer import Renderer
from badge_forge.sheets.captions import Box, fitting_size_pt
from badge_forge.sheets.contact_grid import ContactGrid, scale
from badge_forge.sheets.contact_sheet import ContactSheet, write_contact_sheet
from badge_forge.sheets.layout import SHEETS
from badge_forge.storage import Storage
from badge_forge.views.pictures import first_page
from helpers import badge_args, call, enqueue, shipped_design, text_of

PT_PER_MM = 72 / 25.4


@pytest.fixture(scope="module")
def badge_pdf() -> bytes:
    """The badge of Ada Lovelace, for everyone: its captions have other names."""
    return Renderer(shipped_design("conf-4x6")).render(Attendee.from_args(badge_args())).pdf


def store(badges_dir: Path, pdf: bytes, *people: dict[str, Any]) -> list[Attendee]:
    attendees = [Attendee.from_args(args) for args in people]
    for attendee in attendees:
        Storage(badges_dir).write(attendee, pdf)
    return attendees


def finish(connection: psycopg.Connection, *people: dict[str, Any], batch: str = "b") -> None:
    enqueue(connection, *people, state="completed", meta=Jsonb({"batch_id": batch}))


def page_texts(pdf: Path) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    texts = [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]
    document.close()
    return texts


def test_badges_are_placed_40_on_a_page_in_the_order_of_their_names(
    connection: psycopg.Connection,
    database_url: str,
    badges_dir: Path,
    tmp_path: Path,
    badge_pdf: bytes,
) -> None:
    letters = "zyxwvutsrqponmlkjihgfedcba"
    people = [badge_args(name=f"{letter}-{kind}") for kind in "ot" for letter in letters]
    people[0]["name"] = "Édith"
    store(badges_dir, badge_pdf, *people)
    finish(connection, *people)
    finish(connection, badge_args(name="Other"), batch="c")
    enqueue(connection, badge_args(name="Unfinished"))
    output = tmp_path / "sheet.pdf"
    assert write_contact_sheet(database_url, badges_dir, output, "b") == 2
    first, second = page_texts(output)
    assert "52 badges · batch b page 1 of 2" in first
    assert "52 badges · batch b page 2 of 2" in second
    expected = sorted((args["name"] for args in people), key=lambda name: name.replace("É", "e"))
    found = [word for word in f"{first} {second}".split() if word in expected]
    assert found == expected
    assert (first.count("Ada"), second.count("Ada")) == (80, 24)  # the badges' own, large and whole


def test_badges_are_forms_of_their_pdfs_so_that_they_stay_sharp(
    badges_dir: Path, tmp_path: Path, badge_pdf: bytes
) -> None:
    output = tmp_path / "sheet.pdf"
    people = store(badges_dir, badge_pdf, *[badge_args(name=f"Person {n}") for n in range(13)])
    assert ContactSheet(people, badges_dir, "t").write(output) == 1
    with pikepdf.open(output) as pdf:
        (page,) = pdf.pages
        assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
        assert len(page.resources.XObject) == 14
        assert {str(form.Subtype) for form in page.resources.XObject.values()} == {"/Form"}


def test_each_badge_is_drawn_in_its_place(badges_dir: Path, tmp_path: Path, badge_pdf: bytes) -> None:
    output = tmp_path / "sheet.pdf"
    people = store(badges_dir, badge_pdf, *[badge_args(name=f"Person {n}") for n in range(40)])
    ContactSheet(people, badges_dir, "t").write(output)
    document = pypdfium2.PdfDocument(output)
    page = document[0].render(scale=1).to_pil().convert("RGB")
    document.close()
    grid = ContactGrid.best("a4", (101.6, 152.4), 40)
    assert (grid.columns, grid.rows) == (8, 5)
    for place in range(40):
        box = grid.picture(place)
        # The band at the top of a badge is dark, and the space beside and below it is white.
        middle_pt = (box.left_mm + box.width_mm / 2) * PT_PER_MM
        assert sum(page.getpixel((middle_pt, (box.top_mm + 1) * PT_PER_MM))) < 200
        assert page.getpixel(((box.left_mm - 1) * PT_PER_MM, (box.top_mm + 1) * PT_PER_MM)) == (255,) * 3


def test_names_of_every_script_have_a_caption_without_a_missing_character(
    badges_dir: Path, tmp_path: Path, badge_pdf: bytes
) -> None:
    people = []
    for name in names():
        try:
            people += store(badges_dir, badge_pdf, badge_args(name=name.text))
        except InputError:
            continue
    assert len(people) > 100
    sheet = ContactSheet(people, badges_dir, "names")
    assert sheet.write(tmp_path / "sheet.pdf") == -(-len(people) // 40)
    text = text_of(tmp_path / "sheet.pdf")
    assert "no font draws" not in text
    for shown in ("Ada Lovelace", "Юлия Щербакова", "王小明", "Nguyễn Thị Ánh Tuyết", "김철수"):
        assert shown in text


def test_a_character_that_no_font_draws_is_named_in_the_header(
    badges_dir: Path, tmp_path: Path, badge_pdf: bytes
) -> None:
    people = store(badges_dir, badge_pdf, badge_args(name="Ada \ue123"))
    ContactSheet(people, badges_dir, "t").write(tmp_path / "sheet.pdf")
    assert "no font draws U+E123" in text_of(tmp_path / "sheet.pdf")


def test_markup_in_a_name_is_text(badges_dir: Path, tmp_path: Path, badge_pdf: bytes) -> None:
    name = "<img src='file:///etc/passwd'><b>Ada</b> &amp;"
    people = store(badges_dir, badge_pdf, badge_args(name=name))
    ContactSheet(people, badges_dir, "<i>t</i>").write(tmp_path / "sheet.pdf")
    text = text_of(tmp_path / "sheet.pdf")
    assert "<i>t</i>" in text
    assert "<b>Ada</b> &amp;" in text
    assert "file:///etc/passwd" in text.replace(" ", "")


def test_missing_and_broken_pdfs_are_named_and_the_others_are_placed(
    connection: psycopg.Connection,
    database_url: str,
    badges_dir: Path,
    tmp_path: Path,
    badge_pdf: bytes,
) -> None:
    people = [badge_args(name=name) for name in ("Ann", "Bob", "Cid", "Dan\x1b[2J")]
    finish(connection, *people)
    ann, bob, cid, dan = store(badges_dir, badge_pdf, *people)
    storage = Storage(badges_dir)
    storage.path_for(bob).write_bytes(badge_pdf[:1000])
    storage.path_for(cid).unlink()
    storage.path_for(cid).symlink_to(storage.path_for(ann))
    storage.path_for(dan).unlink()
    output = tmp_path / "sheet.pdf"
    environment = {"DATABASE_URL": database_url, "BADGES_DIR": str(badges_dir)}
    result = call("contact-sheet", "-o", str(output), **environment)
    assert result.returncode == 0
    assert result.stderr == (
        f"{output}: 4 badges on 1 page\n"
        "3 badges without a PDF that can be read: Bob, Cid, Dan\\u001b[2J; enqueue them again\n"
    )
    text = text_of(output)
    assert text.count("PDF broken") == 2
    assert text.count("PDF missing") == 1
    assert text.count("Ada Lovelace") == 1
    assert "Dan [2J" in text


def test_a_contact_sheet_is_one_png_per_page(
    connection: psycopg.Connection,
    database_url: str,
    badges_dir: Path,
    tmp_path: Path,
    badge_pdf: bytes,
) -> None:
    people = [badge_args(name=f"Person {number}", type="sponsor") for number in range(41)]
    finish(connection, *people, badge_args(name="Ada"))
    store(badges_dir, badge_pdf, *people)
    environment = {"DATABASE_URL": database_url, "BADGES_DIR": str(badges_dir)}
    output = tmp_path / "proof.png"
    result = call("contact-sheet", "--type", "sponsor", "-o", str(output), **environment)
    assert result.stderr == f"{tmp_path}/proof-1.png to proof-2.png: 41 badges on 2 pages\n"
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["proof-1.png", "proof-2.png"]
    with Image.open(tmp_path / "proof-2.png") as picture:
        assert picture.size == (1654, 2340)
    pdf = tmp_path / "proof.pdf"
    call("contact-sheet", "--type", "sponsor", "-o", str(pdf), **environment)
    with Image.open(tmp_path / "proof-1.png") as picture:
        assert picture.tobytes() == first_page(pdf.read_bytes(), 1654).tobytes()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("-o", "sheet.jpg"), 2, "the output must end with .pdf or .png, got: sheet.jpg"),
        (("--locale", "xx"), 2, "there is no order for the locale 'xx': choose one of af, "),
        ((), 1, "no finished badge matches: change the options, or enqueue badges"),
        (("--batch", "nix"), 1, "no finished badge matches"),
    ],
)
def test_what_cannot_be_written_is_reported_on_one_line(
    arguments: tuple[str, ...], code: int, message: str, database_url: str
) -> None:
    result = call("contact-sheet", *arguments, DATABASE_URL=database_url)
    assert result.returncode == code
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("badge_mm", [(101.6, 152.4), (86, 54), (148, 210), (50, 300), (105, 148)])
@pytest.mark.parametrize("badges", [1, 12, 13, 39, 40, 41, 5000])
def test_places_are_on_the_page_and_do_not_overlap(badge_mm: tuple[float, float], badges: int) -> None:
    grid = ContactGrid.best("a4", badge_mm, badges)
    places = grid.columns * grid.rows
    assert min(badges, 40) <= places <= 40
    boxes = [grid.header, *map(grid.picture, range(places)), *map(grid.caption, range(places))]
    width, height = SHEETS["a4"]
    for box in boxes:
        assert 0 < box.left_mm < box.left_mm + box.width_mm < width
        assert 0 < box.top_mm < box.top_mm + box.height_mm < height
    assert not any(_overlap(one, other) for one, other in combinations(boxes, 2))


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.left_mm < other.left_mm + other.width_mm - 1e-6
        and other.left_mm < one.left_mm + one.width_mm - 1e-6
        and one.top_mm < other.top_mm + other.height_mm - 1e-6
        and other.top_mm < one.top_mm + one.height_mm - 1e-6
    )


def test_few_badges_are_drawn_larger() -> None:
    sizes = [
        scale((101.6, 152.4), ContactGrid.best("a4", (101.6, 152.4), badges).picture(0))
        for badges in (12, 24, 40)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 2 * sizes[2]


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("Ada Lovelace", 9),
        ("María José Carmen Francisca García Rodríguez", 8),
        ("Guðmundsdóttir-Þórdísardóttir", 7),
        ("W" * 200, 3),
        ("王" * 200, 3),
    ],
)
def test_a_name_is_as_large_as_it_fits(name: str, size: float) -> None:
    assert fitting_size_pt(name, ContactGrid.best("a4", (101.6, 152.4), 40).caption(0)) == size


def test_a_sheet_that_fails_leaves_the_last_one(
    badges_dir: Path, tmp_path: Path, badge_pdf: bytes
) -> None:
    output = tmp_path / "sheet.pdf"
    output.write_bytes(b"the last one")
    people = store(badges_dir, badge_pdf, badge_args())

    def fail(_placed: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ContactSheet(people, badges_dir, "t").write(output, fail)
    assert output.read_bytes() == b"the last one"
    assert [path.name for path in tmp_path.iterdir()] == ["badges", "sheet.pdf"]
