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
from badge_forge.sheets.badge_files import badge_files
from badge_forge.sheets.badge_pdf import BadgePdf
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


def selected(selection: Selection, database_url: str, badges_dir: Path) -> list[BadgePdf]:
    found = select(selection, database_url)
    (badges,) = badge_files(found, selection, badges_dir).values()
    return badges


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(), ["Émile", "ada", "Bob"]),
        (Selection(order="name"), ["ada", "Bob", "Émile"]),
        (Selection(order="company"), ["ada", "Bob", "Émile"]),
        (Selection(order="type"), ["ada", "Bob", "Émile"]),
        (Selection(types=("speaker",)), ["Émile", "Bob"]),
        (Selection(batch="b"), ["ada", "Bob"]),
        (Selection(latest=True), ["ada", "Bob"]),
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
    found = selected(selection, database_url, badges_dir)
    assert [by_id[badge.path.stem[-36:]] for badge in found] == names


def test_a_badge_that_was_rendered_twice_is_placed_once(
    finished: list[dict[str, Any]], connection: psycopg.Connection, database_url: str, badges_dir: Path
) -> None:
    enqueue(connection, finished[0], state="completed")
    assert len(selected(Selection(), database_url, badges_dir)) == 3


def test_a_missing_id_is_an_error(
    finished: list[dict[str, Any]], database_url: str, badges_dir: Path
) -> None:
    unknown = badge_args()["id"]
    with pytest.raises(SheetError, match=f"1 id without a finished badge: {unknown}"):
        select(Selection(ids=(unknown,)), database_url)
    with pytest.raises(SheetError, match="no finished badge matches"):
        select(Selection(types=("sponsor",)), database_url)


def test_what_exists_is_placed_and_what_is_left_out_is_counted_with_the_reason(
    finished: list[dict[str, Any]],
    connection: psycopg.Connection,
    database_url: str,
    badges_dir: Path,
    tmp_path: Path,
) -> None:
    """One badge waits, two failed, one lost its PDF, and the jobs of two PDFs were pruned."""
    enqueue(connection, badge_args(), {"name": "no id"}, state="discarded")
    Storage(badges_dir).path_for(Attendee.from_args(finished[1])).unlink()
    for _ in range(2):
        Storage(badges_dir).write(Attendee.from_args(badge_args()), b"%PDF-")
    (badges_dir / "notes.pdf").touch()
    environment = {"DATABASE_URL": database_url, "BADGES_DIR": str(badges_dir)}
    output = tmp_path / "all.pdf"
    strict = call("sheet", "--strict", "-o", str(output), **environment)
    assert strict.returncode == 1
    assert "6 badges left out: " in strict.stderr
    assert not output.exists()
    result = call("sheet", "-o", str(output), **environment)
    assert result.returncode == 0
    assert result.stderr.splitlines()[0] == (
        "6 badges left out: 1 not rendered yet, 2 failed (`bin/badge-forge failed` says why), "
        "1 without its PDF (enqueue again), "
        "2 with a PDF, but its job was pruned (give the PDF's path to place it)"
    )
    assert f"{output}: 2 badges on 1 sheet of a4" in result.stderr


def test_a_batch_that_is_complete_passes_strict(
    finished: list[dict[str, Any]], database_url: str, badges_dir: Path, tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": database_url, "BADGES_DIR": str(badges_dir)}
    arguments = ("--latest", "--strict", "-o", str(tmp_path / "new" / "all.pdf"))
    result = call("sheet", *arguments, **environment)
    assert result.returncode == 0, result.stderr
    assert result.stderr.startswith("batch b\n")
    assert "left out" not in result.stderr
    assert (tmp_path / "new" / "all.pdf").exists()


def test_badges_of_invented_people_are_pointed_out(
    finished: list[dict[str, Any]], connection: psycopg.Connection, database_url: str
) -> None:
    meta = Jsonb({"batch_id": "c", "invented": True})
    enqueue(connection, badge_args(), state="completed", meta=meta)
    assert select(Selection(), database_url).invented == 1
    assert select(Selection(batch="b"), database_url).invented == 0


@pytest.mark.parametrize("command", ["sheet", "contact-sheet"])
def test_a_database_without_tables_or_badges_is_reported(
    command: str, empty_database_url: str, database_url: str
) -> None:
    result = call(command, DATABASE_URL=empty_database_url)
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
    assert "has no tables yet: run `bin/badge-forge db migrate`" in result.stderr
    result = call(command, DATABASE_URL=f"{database_url}_nix")
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
    assert "badge-forge: cannot reach the database " in result.stderr
    result = call(command, DATABASE_URL=database_url)
    assert result.stderr == (
        "badge-forge: no finished badge matches: change the options, or enqueue badges\n"
    )


def test_names_are_sorted_as_the_locale_does(connection: psycopg.Connection, database_url: str) -> None:
    for name in ("Zoe Berg", "Dr. Åsa Ek", " Łukasz Żak", "Anna Ceder"):
        enqueue(connection, badge_args(name=name), state="completed")

    def names(**options: Any) -> list[str]:
        found = select(Selection(**options), database_url).attendees
        return [attendee.name.split()[-1] for attendee in found]

    assert names(order="name") == ["Ceder", "Ek", "Żak", "Berg"]
    assert names(order="name", locale="sv") == ["Ceder", "Żak", "Berg", "Ek"]
    assert names(order="family-name") == ["Berg", "Ceder", "Ek", "Żak"]


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


def test_designs_of_several_sizes_get_a_pdf_each(
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
    output = str(tmp_path / "all.pdf")
    result = call("sheet", "--sort", "name", "-o", output, **environment)
    assert result.returncode == 0, result.stderr
    expected = {"a6": [args["id"]], "conf-4x6": [finished[at]["id"] for at in (1, 2, 0)]}
    for design, ids in expected.items():
        placed = json.loads((tmp_path / f"all-{design}.pdf.json").read_text())["badges"]
        assert [badge["id"] for badge in placed] == ids
    result = call("sheet", "--start", "2", "-o", output, **environment)
    assert result.returncode == 2
    assert "--start is for one PDF, and conf-4x6 and a6 need one each" in result.stderr
    assert call("sheet", "--design", "a6", "-o", output, **environment).returncode == 0
    placed = json.loads((tmp_path / "all.pdf.json").read_text())["badges"]
    assert [badge["id"] for badge in placed] == [args["id"]]
    result = call("sheet", "--design", "fold-a5", "-o", output, **environment)
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
    assert len(selected(Selection(), database_url, badges_dir)) == 4


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
        (("--design", "a6"), 2, "--design, --type, --batch, --latest and --ids select finished"),
        (("-o", "/proc/nix/x.pdf"), 1, "can't write /proc/nix/x.pdf: "),
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
