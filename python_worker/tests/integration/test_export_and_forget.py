"""`badge-forge export` writes the list back, and `forget` removes all traces of its people."""

import csv
import io
import json
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge.cli import forget as forget_command
from badge_forge.cli import import_list
from helpers import badge_args, call, enqueue

ANN, BOB, OTHER = (str(uuid4()) for _ in range(3))


@pytest.fixture
def events_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "events"
    folder.mkdir()
    text = 'name = "My Conf"\n[fields.table]\n'
    (folder / "my-conf.toml").write_text(text)
    (folder / "other.toml").write_text('name = "Other"\n')
    return folder


def badge(connection: psycopg.Connection, id_: str, name: str, version: int = 1, **meta: object) -> int:
    """Insert a completed badge of the event."""
    args = badge_args(id=id_, name=name, fields={"table": "T 7"})
    columns = Jsonb({"event": "my-conf", "version": version, "ticket": "=VIP", "list": "people"} | meta)
    (job,) = enqueue(connection, args, state="completed", meta=columns)
    return job


def print_of(connection: psycopg.Connection, id_: str, name: str, state: str = "completed") -> None:
    args = {"id": id_, "name": name, "file": f"../x-{id_}.pdf", "sha256": "0" * 64}
    enqueue(
        connection,
        args,
        queue="printing",
        worker="BadgeForge.PrintCenter",
        state=state,
        completed_at="2026-11-29 08:00" if state == "completed" else None,
        meta=Jsonb({"event": "my-conf"}),
    )


def test_an_export_has_each_badge_once_with_its_state_print_time_and_pdf(
    connection: psycopg.Connection, database_url: str, events_dir: Path, tmp_path: Path
) -> None:
    badge(connection, ANN, "Ann Smth", withdrawn="replaced by version 2")
    print_of(connection, ANN, "Ann Smth")
    badge(connection, ANN, "=cmd|' /C calc'!A0", version=2)
    print_of(connection, ANN, "Ann", "available")
    badge(connection, BOB, "Åse\nØverland", withdrawn="the ticket is cancelled")
    enqueue(connection, badge_args(name="Foreign"), meta=Jsonb({"event": "other", "version": 1}))
    enqueue(connection, {"id": [1], "name": {"a": 1}}, meta=Jsonb({"event": "my-conf", "version": "x"}))
    output = tmp_path / "list.csv"
    environment = {
        "DATABASE_URL": database_url,
        "EVENTS_DIR": str(events_dir),
        "BADGES_DIR": str(tmp_path),
    }
    result = call("export", "--event", "my-conf", "-o", str(output), **environment)
    assert result.returncode == 0, result.stderr
    assert output.read_bytes().startswith(b"\xef\xbb\xbf")
    with output.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["Badge id"]: row for row in csv.DictReader(file)}
    ann, bob = rows[ANN], rows[BOB]
    assert ann["Name"] == "'=cmd|' /C calc'!A0"
    assert (ann["State"], ann["Version"], ann["Ticket type"], ann["table"]) == (
        "rendered",
        "2",
        "'=VIP",
        "T 7",
    )
    assert ann["Printed at"].startswith("2026-11-29 ")
    assert ann["PDF"] == str(tmp_path / f"x-{ANN}.pdf")
    assert (bob["Name"], bob["State"], bob["Printed at"]) == ("Åse Øverland", "cancelled", "")
    assert "Foreign" not in output.read_text()
    piped = call("export", "--event", "my-conf", "-o", "-", **environment)
    assert len(list(csv.reader(io.StringIO(piped.stdout)))) == len(rows) + 1
    again = call("import", str(output), "--event", "my-conf", **environment)
    assert (again.returncode, "was written by `badge-forge export`" in again.stderr) == (1, True)


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "var"
    monkeypatch.setattr(forget_command, "VAR", folder)
    monkeypatch.setattr(forget_command, "REJECTED", folder / "rejected")
    monkeypatch.setattr(import_list, "REJECTED", folder / "rejected")
    monkeypatch.chdir(tmp_path)
    return folder


def test_forget_removes_rows_files_and_log_lines_of_the_events_people_and_of_no_others(
    connection: psycopg.Connection, worker_url: str, events_dir: Path, var: Path, tmp_path: Path
) -> None:
    badge(connection, ANN, "Ann Smth", withdrawn="replaced by version 2")
    badge(connection, ANN, "Ann Smith", version=2)
    print_of(connection, ANN, "Ann Smith", "available")
    enqueue(connection, badge_args(id=BOB, name="Bob"), meta=Jsonb({"event": "my-conf", "version": 1}))
    (other,) = enqueue(connection, badge_args(id=OTHER, name="Dee"), meta=Jsonb({"event": "other"}))
    (loose,) = enqueue(connection, badge_args(name="Eve"))
    gone = [
        var / "badges" / f"ann-smth-{ANN}.pdf",
        var / "badges" / f"ann-smith--v2-{ANN}.pdf",
        var / "spool" / f"{ANN}-v2.pdf",
        var / "spool" / f"{BOB}-4711.pdf",
        var / "contact-sheets" / "demo.pdf",
        var / "previews" / "ann.png",
        var / "wall" / "ab" / "picture.webp",
        var / "rejected" / "my-conf" / "people.rejected.csv",
        tmp_path / "sheets.pdf",
        tmp_path / "sheets.pdf.json",
    ]
    stays = [
        var / "badges" / f"dee-{OTHER}.pdf",
        var / "spool" / f"{OTHER}.pdf",
        var / "rejected" / "other" / "people.rejected.csv",
        var / "printers.json",
        tmp_path / "others.pdf.json",
        tmp_path / "others.pdf",
    ]
    for path in (*gone, *stays):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    for name, id_ in (("sheets", BOB), ("others", OTHER)):
        manifest = {"sha256": "0" * 64, "badges": [{"id": OTHER}, {"id": id_}]}
        (tmp_path / f"{name}.pdf.json").write_text(json.dumps(manifest))
    log = var / "log" / "elixir_app.log"
    log.parent.mkdir()
    lines = [
        f"Printing badge {ANN[:8]} for Somebody",
        "refused: Ann Smth",
        f'{{"args": {{"id": "{BOB}"}}}}',
        f"Printing badge {OTHER[:8]} for Dee",
        "Started",
    ]
    log.write_text("\n".join(lines) + "\n")
    environment = {
        "DATABASE_URL": worker_url,
        "EVENTS_DIR": str(events_dir),
        "BADGES_DIR": str(var / "badges"),
        "SPOOL_DIR": str(var / "spool"),
    }
    asked = call("forget", "--event", "my-conf", **environment)
    assert (asked.returncode, "add --yes" in asked.stderr) == (2, True)
    assert all(path.exists() for path in gone)

    result = call("forget", "--event", "my-conf", "--yes", **environment)
    assert result.returncode == 0, result.stderr
    assert result.stderr == "forgot 2 badges: 4 rows, 10 files and 3 lines of logs removed\n"
    assert [path for path in gone if path.exists()] == []
    assert [path for path in stays if not path.exists()] == []
    assert log.read_text().splitlines() == lines[3:]
    assert connection.execute("SELECT id FROM oban_jobs ORDER BY id").fetchall() == [(other,), (loose,)]
    again = call("forget", "--event", "my-conf", "--yes", **environment)
    assert again.stderr == "forgot 0 badges: 0 rows, 0 files and 0 lines of logs removed\n"


def test_rows_of_an_event_are_not_pruned(connection: psycopg.Connection) -> None:
    from badge_forge.jobs.own_rows import PRUNE_JOBS

    columns = {"state": "completed", "completed_at": "2020-01-01"}
    (kept,) = enqueue(connection, badge_args(), meta=Jsonb({"event": "my-conf"}), **columns)
    enqueue(connection, badge_args(), **columns)
    connection.execute(PRUNE_JOBS, {"queues": ["badges"], "max_age": 60, "limit": 10})
    assert connection.execute("SELECT id FROM oban_jobs").fetchall() == [(kept,)]
