"""`badge-forge sheet` on a real table: which badges it selects, their order, and repeated orders."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge.attendee import Attendee
from badge_forge.errors import SheetError
from badge_forge.rendering.renderer import Renderer
from badge_forge.sheets.selection import Selection, select
from badge_forge.storage import Storage
from helpers import badge_args, call, enqueue, shipped_design

PEOPLE = [
    badge_args(name="Émile", company="Zeta", type="speaker"),
    badge_args(name="ada", company="Alpha", type="attendee"),
    badge_args(name="Bob", company="alpha", type="speaker"),
]


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(shipped_design("conf-4x6"))


@pytest.fixture
def finished(
    connection: psycopg.Connection, badges_dir: Path, renderer: Renderer
) -> list[dict[str, Any]]:
    """Three finished badges. The last two belong to batch b."""
    for args, batch in zip(PEOPLE, "abb", strict=True):
        enqueue(connection, args, state="completed", meta=Jsonb({"batch_id": batch}))
        attendee = Attendee.from_args(args)
        Storage(badges_dir).write(attendee, renderer.render(attendee).pdf)
    enqueue(connection, badge_args(name="Not Yet"))
    return PEOPLE


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(), ["Émile", "ada", "Bob"]),
        (Selection(order="name"), ["ada", "Bob", "Émile"]),
        (Selection(order="company"), ["ada", "Bob", "Émile"]),
        (Selection(order="type"), ["ada", "Bob", "Émile"]),
        (Selection(types=("speaker",)), ["Émile", "Bob"]),
        (Selection(batch="b"), ["ada", "Bob"]),
        (Selection(ids=(PEOPLE[2]["id"], PEOPLE[0]["id"])), ["Émile", "Bob"]),
        (Selection(ids=tuple(args["id"] for args in PEOPLE), types=("attendee",)), ["ada"]),
    ],
)
def test_badges_are_selected_and_sorted(
    selection: Selection,
    names: list[str],
    finished: list[dict[str, Any]],
    database_url: str,
    badges_dir: Path,
) -> None:
    by_id = {args["id"]: args["name"] for args in finished}
    found = select(selection, database_url, badges_dir)
    assert [by_id[badge.path.stem[-36:]] for badge in found] == names


def test_a_badge_that_was_rendered_twice_is_placed_once(
    finished: list[dict[str, Any]], connection: psycopg.Connection, database_url: str, badges_dir: Path
) -> None:
    enqueue(connection, finished[0], state="completed")
    assert len(select(Selection(), database_url, badges_dir)) == 3


def test_missing_badges_and_pdfs_are_reported(
    finished: list[dict[str, Any]], database_url: str, badges_dir: Path
) -> None:
    unknown = badge_args()["id"]
    with pytest.raises(SheetError, match=f"1 id without a finished badge: {unknown}"):
        select(Selection(ids=(unknown,)), database_url, badges_dir)
    with pytest.raises(SheetError, match="no finished badge matches"):
        select(Selection(types=("sponsor",)), database_url, badges_dir)
    gone = Storage(badges_dir).path_for(Attendee.from_args(finished[1]))
    gone.unlink()
    with pytest.raises(SheetError, match="the PDF of 1 badge is missing, "):
        select(Selection(), database_url, badges_dir)


def test_an_order_is_repeated_exactly_or_not_at_all(
    finished: list[dict[str, Any]], database_url: str, badges_dir: Path, tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": database_url, "BADGES_DIR": str(badges_dir)}
    first, again = tmp_path / "first.pdf", tmp_path / "again.pdf"
    result = call("sheet", "--sort", "name", "--start", "2", "-o", str(first), **environment)
    assert result.returncode == 0, result.stderr
    manifest = json.loads((tmp_path / "first.pdf.json").read_text())
    assert [badge["id"] for badge in manifest["badges"]] == [finished[at]["id"] for at in (1, 2, 0)]
    assert {badge["design"] for badge in manifest["badges"]} == {
        f"conf-4x6 1 {shipped_design('conf-4x6').digest()[:12]}"
    }
    assert "ada" not in json.dumps(manifest["badges"][0]["design"])
    repeat = ("sheet", "--again", f"{first}.json", "-o", str(again))
    assert call(*repeat, **environment).returncode == 0
    assert again.read_bytes() == first.read_bytes()
    Storage(badges_dir).path_for(Attendee.from_args(finished[1])).write_bytes(b"%PDF-other")
    result = call(*repeat, **environment)
    assert result.returncode == 1
    assert "has changed since the manifest was written" in result.stderr


def test_badges_of_several_sizes_are_refused_unless_a_design_is_chosen(
    finished: list[dict[str, Any]],
    connection: psycopg.Connection,
    database_url: str,
    badges_dir: Path,
    tmp_path: Path,
) -> None:
    """The table has badges of the default design, and one that was enqueued with `design: "a6"`."""
    args = badge_args(name="Grace", design="a6")
    enqueue(connection, args, state="completed")
    attendee = Attendee.from_args(args)
    Storage(badges_dir).write(attendee, Renderer(shipped_design("a6")).render(attendee).pdf)
    environment = {"DATABASE_URL": database_url, "BADGES_DIR": str(badges_dir)}
    output = tmp_path / "all.pdf"
    result = call("sheet", "--sort", "name", "-o", str(output), **environment)
    assert result.returncode == 1
    assert (
        "conf-4x6 (101.6 x 152.4 mm, 1 page), a6 (105 x 148 mm, 1 page) do not fit on one sheet: "
        "choose one with --design NAME"
    ) in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not output.exists()
    for design, people in (("a6", [args]), ("conf-4x6", [finished[at] for at in (1, 2, 0)])):
        result = call("sheet", "--design", design, "--sort", "name", "-o", str(output), **environment)
        assert result.returncode == 0, result.stderr
        placed = json.loads((tmp_path / "all.pdf.json").read_text())["badges"]
        assert [badge["id"] for badge in placed] == [person["id"] for person in people]
    result = call("sheet", "--design", "fold-a5", "-o", str(output), **environment)
    assert "no finished badge matches" in result.stderr


def test_designs_of_one_size_fit_on_one_sheet(
    finished: list[dict[str, Any]],
    connection: psycopg.Connection,
    renderer: Renderer,
    database_url: str,
    badges_dir: Path,
) -> None:
    args = badge_args(name="Grace", design="ours")
    enqueue(connection, args, state="completed")
    attendee = Attendee.from_args(args)
    Storage(badges_dir).write(attendee, renderer.render(attendee).pdf)
    assert len(select(Selection(), database_url, badges_dir)) == 4


def test_no_badge_is_overwritten_by_its_sheet(renderer: Renderer, tmp_path: Path) -> None:
    pdf = tmp_path / "ada.pdf"
    pdf.write_bytes(renderer.render(Attendee.from_args(badge_args())).pdf)
    before = pdf.read_bytes()
    for output in (str(pdf), "/dev/null"):
        result = call("sheet", str(pdf), "-o", output)
        assert result.returncode == 2
        assert "choose another output" in result.stderr
    assert pdf.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--stock", "nix"), 2, "there is no stock 'nix': choose one of a4, a3, letter, avery-5392"),
        (("--start", "9"), 2, "--start must be at most 2, the number of cells on a sheet of a4"),
        (("--printer", "nix"), 2, "there is no printer 'nix'"),
        (("--batch", "b"), 2, "select finished badges: remove them, or the PDFs"),
        (("--design", "a6"), 2, "--design, --type, --batch and --ids select finished"),
        (("-o", "nix/x.pdf"), 1, "can't write nix/x.pdf: the folder nix does not exist"),
        (("--stock", "avery-l7418"), 1, "does not fit on avery-l7418"),
    ],
)
def test_wrong_options_are_reported_on_one_line(
    arguments: tuple[str, ...], code: int, message: str, renderer: Renderer, tmp_path: Path
) -> None:
    pdf = tmp_path / "ada.pdf"
    pdf.write_bytes(renderer.render(Attendee.from_args(badge_args())).pdf)
    result = call("sheet", str(pdf), *arguments)
    assert result.returncode == code
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
