"""`badge-forge import` enqueues what is new or changed in a list, once, and cancels what is gone."""

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge.cli import import_list, preview_names
from badge_forge.jobs.failed import failed, retry
from helpers import badge_args, call, enqueue
from list_files import write_csv, write_xlsx

EVENT = """\
# My comment
name = "My Conf"
design = "a6"

[types.attendee]
tickets = ["Early Bird"]  # the cheap one

[types.speaker]
"""

HEADERS = ["Name", "E-mail", "Ticket type", "Company", "Ticket ID"]

Import = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def events_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "events"
    folder.mkdir()
    (folder / "my-conf.toml").write_text(EVENT)
    monkeypatch.setattr(import_list, "REJECTED", tmp_path / "rejected")
    monkeypatch.setattr(preview_names, "PREVIEWS", tmp_path / "previews")
    return folder


@pytest.fixture
def import_(worker_url: str, events_dir: Path) -> Import:
    def run(path: Path, *options: str, event: str = "my-conf") -> subprocess.CompletedProcess[str]:
        return call(
            "import",
            str(path),
            "--event",
            event,
            *options,
            DATABASE_URL=worker_url,
            EVENTS_DIR=str(events_dir),
        )

    return run


def people(path: Path, *names: str, **more: str) -> Path:
    """Write a list of `names`, each with a separate ticket."""
    rows = [
        [name, f"{at}@x.org", more.get("ticket", ""), more.get("company", ""), f"t-{at}"]
        for at, name in enumerate(names, 1)
    ]
    return write_csv(path, [HEADERS, *rows])


def badges(connection: psycopg.Connection) -> list[tuple[str, int, str, str]]:
    """Return name, version, type and state of each badge job."""
    return connection.execute(
        """
        SELECT args ->> 'name', (meta ->> 'version')::int, args ->> 'type', state::text FROM oban_jobs
        WHERE queue = 'badges' ORDER BY id
        """
    ).fetchall()


def finish(connection: psycopg.Connection, name: str, printed: str | None = "completed") -> None:
    """Complete the badge of `name`, and give it a print in the state `printed`."""
    row = connection.execute(
        """
        UPDATE oban_jobs SET state = 'completed', attempt = 1, completed_at = timezone('UTC', now())
        WHERE queue = 'badges' AND args ->> 'name' = %s AND state = 'available'
        RETURNING args ->> 'id', meta
        """,
        [name],
    ).fetchone()
    assert row
    if printed:
        connection.execute(
            """
            INSERT INTO oban_jobs (queue, worker, state, args, meta, completed_at)
            VALUES ('printing', 'BadgeForge.PrintCenter', %s::oban_job_state, %s, %s,
                timezone('UTC', now()))
            """,
            [printed, Jsonb({"id": row[0], "name": name}), Jsonb({"event": "my-conf"})],
        )


def test_a_list_is_imported_once_however_often_it_is_imported(
    connection: psycopg.Connection, import_: Import, tmp_path: Path
) -> None:
    path = people(
        tmp_path / "people.csv", "Åse Øverland", "李小龍", ticket="Early Bird", company="Größe"
    )
    first = import_(path)
    assert first.returncode == 0, first.stderr
    assert "list people: 2 new, 0 unchanged\n2 badges enqueued, batch " in first.stderr
    row = connection.execute(
        "SELECT queue, worker, args, meta, priority, max_attempts FROM oban_jobs"
    ).fetchone()
    assert row
    queue, worker, args, meta, priority, attempts = row
    assert (queue, worker, priority, attempts) == ("badges", "badge_forge.generator.GenerateBadge", 1, 5)
    assert args | {"id": ""} == {
        "id": "", "name": "Åse Øverland", "company": "Größe", "type": "attendee", "email": "1@x.org",
        "design": "a6", "event_slug": "my-conf",
    }  # fmt: skip
    assert (meta["event"], meta["version"], meta["ticket"], meta["list"]) == (
        "my-conf",
        1,
        "Early Bird",
        "people",
    )

    longer = people(
        tmp_path / "people-2026-11-29 (1).csv",
        "Åse Øverland",
        "李小龍",
        "Ann",
        ticket="Early Bird",
        company="Größe",
    )
    assert "list people: 1 new, 2 unchanged\n" in import_(longer).stderr
    assert "0 badges enqueued" in import_(longer).stderr
    assert [name for name, *_ in badges(connection)] == ["Åse Øverland", "李小龍", "Ann"]


def test_a_dry_run_changes_nothing(
    connection: psycopg.Connection, import_: Import, tmp_path: Path, events_dir: Path
) -> None:
    path = people(tmp_path / "people.csv", "Åse Øverland", "Ann", ticket="VIP")
    result = import_(path, "--dry-run", "--type", "VIP=speaker")
    assert "list people: 2 new, 0 unchanged; nothing was changed (--dry-run)" in result.stderr
    assert "names to check: Åse Øverland" in result.stderr
    (preview,) = (tmp_path / "previews").iterdir()
    assert preview.name == "ase-overland-my-conf.png"
    assert f"preview: {preview}\n" in result.stderr
    assert not badges(connection)
    assert (events_dir / "my-conf.toml").read_text() == EVENT


def test_a_changed_name_is_a_new_version_of_the_badge(
    connection: psycopg.Connection, import_: Import, tmp_path: Path
) -> None:
    import_(people(tmp_path / "people.csv", "Bob Smth", "Ann", "Cid"))
    finish(connection, "Bob Smth")
    finish(connection, "Ann", printed="available")
    renamed = people(tmp_path / "people.csv", "Bob Smith", "Anna", "Cyd")
    dry = import_(renamed, "--dry-run")
    assert "list people: 0 new, 3 renamed (1 of them already printed), 0 unchanged" in dry.stderr
    assert "renamed: Bob Smth → Bob Smith (already printed: it is printed again)" in dry.stdout
    result = import_(renamed)
    assert result.returncode == 0, result.stderr
    assert badges(connection) == [
        ("Bob Smth", 1, "attendee", "completed"),
        ("Ann", 1, "attendee", "completed"),
        ("Cid", 1, "attendee", "cancelled"),
        ("Bob Smith", 2, "attendee", "available"),
        ("Anna", 2, "attendee", "available"),
        ("Cyd", 2, "attendee", "available"),
    ]
    prints = connection.execute(
        "SELECT args ->> 'name', state::text FROM oban_jobs WHERE queue = 'printing' ORDER BY id"
    )
    assert prints.fetchall() == [("Bob Smth", "completed"), ("Ann", "cancelled")]
    ids = connection.execute("SELECT count(DISTINCT args ->> 'id') FROM oban_jobs").fetchone()
    assert ids == (3,)
    assert "0 new, 3 unchanged" in import_(renamed).stderr


def test_what_was_replaced_or_withdrawn_is_neither_listed_as_failed_nor_retried(
    connection: psycopg.Connection, import_: Import, tmp_path: Path, database_url: str
) -> None:
    import_(people(tmp_path / "people.csv", "Bob", "Ann"))
    import_(people(tmp_path / "people.csv", "Bobby"))
    assert [state for *_, state in badges(connection)] == ["cancelled", "cancelled", "available"]
    assert failed(connection) == []
    listed = call("batches", DATABASE_URL=database_url).stdout
    assert "2 badges, a6, 0 rendered, 0 printed\n" in listed
    watched = call("watch", "--once", "--json", DATABASE_URL=database_url)
    assert json.loads(watched.stdout)["failures"] == []
    assert retry(connection, None, tmp_path).retried == []
    errors = connection.execute(
        "SELECT errors[1] ->> 'error' FROM oban_jobs WHERE state = 'cancelled' ORDER BY id"
    ).fetchall()
    assert errors == [("replaced by version 2",), ("the ticket is cancelled, or no longer in the list",)]


def test_people_who_are_gone_are_cancelled_and_come_back_as_a_new_version(
    connection: psycopg.Connection, import_: Import, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    import_(people(path, "Ann", "Bob", "Cid"))
    finish(connection, "Cid")
    gone = import_(people(path, "Ann"))
    assert "0 new, 2 cancelled (1 of them already printed), 1 unchanged" in gone.stderr
    assert gone.stdout == "cancelled: Bob\ncancelled: Cid (already printed)\n"
    assert "0 new, 1 unchanged" in import_(path).stderr
    back = import_(people(path, "Ann", "Bob"))
    assert "0 new, 1 changed, 1 unchanged" in back.stderr
    assert badges(connection) == [
        ("Ann", 1, "attendee", "available"),
        ("Bob", 1, "attendee", "cancelled"),
        ("Cid", 1, "attendee", "completed"),
        ("Bob", 2, "attendee", "available"),
    ]


def test_people_in_rejected_rows_and_of_a_partial_list_keep_their_badges(
    connection: psycopg.Connection, import_: Import, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    import_(people(path, "Ann", "Bob", "Cid"))
    assert (
        "0 new, 1 missing or rejected, but kept, 2 unchanged"
        in import_(people(path, "Ann", "B\ufffdb", "Cid")).stderr
    )
    assert (
        "0 new, 2 missing or rejected, but kept, 1 unchanged"
        in import_(people(path, "Ann"), "--partial").stderr
    )
    assert {state for *_, state in badges(connection)} == {"available"}


def test_a_file_that_lacks_or_renames_most_people_is_refused(
    connection: psycopg.Connection, import_: Import, tmp_path: Path
) -> None:
    names = [f"Person {chr(65 + at)}" for at in range(24)]
    import_(people(tmp_path / "people.csv", *names))
    missing = import_(people(tmp_path / "people.csv", *names[:5]))
    assert missing.returncode == 1
    assert "19 people of 24 in the list 'people' are missing from this file" in missing.stderr
    shifted = import_(people(tmp_path / "people.csv", *names[1:]))
    assert shifted.returncode == 1
    assert "23 people of 24 in the list 'people' are renamed in this file" in shifted.stderr
    assert len(badges(connection)) == 24
    assert import_(people(tmp_path / "people.csv", *names[:5]), "--replace").returncode == 0
    assert [state for *_, state in badges(connection)].count("cancelled") == 19


def test_lists_of_one_event_are_merged_by_person_and_the_higher_role_wins(
    connection: psycopg.Connection, import_: Import, tmp_path: Path
) -> None:
    attendees = people(tmp_path / "attendees.csv", "Ann Bee", "Bob", ticket="Early Bird", company="ACME")
    speakers = write_csv(
        tmp_path / "speakers.csv",
        [["Name", "E-mail", "Type"], ["Ann Bee", "1@x.org", "speaker"], ["Dee", "d@x.org", "speaker"]],
    )
    import_(attendees)
    assert "list speakers: 1 new, 1 changed, 0 unchanged" in import_(speakers).stderr
    expected = [
        ("Ann Bee", 1, "attendee", "cancelled"),
        ("Bob", 1, "attendee", "available"),
        ("Dee", 1, "speaker", "available"),
        ("Ann Bee", 2, "speaker", "available"),
    ]
    assert badges(connection) == expected
    newest = connection.execute(
        "SELECT args ->> 'company' FROM oban_jobs ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert newest == ("ACME",)
    for again in (attendees, speakers, attendees):
        assert "0 new, 2 unchanged" in import_(again).stderr
    assert badges(connection) == expected
    # Who is no speaker any more stays an attendee.
    write_csv(speakers, [["Name", "E-mail", "Type"], ["Dee", "d@x.org", "speaker"]])
    assert "0 new, 1 changed, 1 unchanged" in import_(speakers).stderr
    assert badges(connection)[-1] == ("Ann Bee", 3, "attendee", "available")
    assert "0 new, 2 unchanged" in import_(attendees).stderr


def test_a_walk_up_is_the_person_of_the_list_and_keeps_its_badge(
    connection: psycopg.Connection, import_: Import, tmp_path: Path
) -> None:
    ann = badge_args(name="Ann", email="1@x.org", company="Typed at the desk", type="attendee")
    bob = badge_args(name="Bob", email="2@x.org", type="speaker")
    enqueue(connection, ann, bob, meta=Jsonb({"event": "my-conf", "version": 1}))
    path = people(tmp_path / "people.csv", "Ann", "Bob", "Cid", ticket="Early Bird", company="ACME")
    for expected in ("1 new, 2 unchanged", "0 new, 3 unchanged"):
        assert expected in import_(path).stderr
    assert "1 new, 1 cancelled, 0 unchanged" in import_(people(path, "Dee")).stderr
    assert [(name, state) for name, _version, _type, state in badges(connection)] == [
        ("Ann", "available"),
        ("Bob", "available"),
        ("Cid", "cancelled"),
        ("Dee", "available"),
    ]


def test_rows_with_anything_in_their_meta_do_not_stop_an_import(
    connection: psycopg.Connection, import_: Import, tmp_path: Path
) -> None:
    for meta in (
        {"lists": [1], "list": {"a": 1}, "who": [2]},
        {"lists": {"people": {"type": {}, "key": []}}, "list": 7},
        {"lists": {"people": "x"}, "withdrawn": {}},
        {"lists": None, "list": "people"},
        {"version": "9" * 20},
        {"version": None},
    ):
        for args in ({"id": "x", "name": ["a"]}, badge_args(name="Ann", email=None)):
            enqueue(
                connection,
                args | {"id": str(uuid4())},
                meta=Jsonb({"event": "my-conf", "version": 1} | meta),
            )
    result = import_(people(tmp_path / "people.csv", "Ann"))
    assert result.returncode == 0, result.stderr
    assert "1 new" in result.stderr


def test_two_imports_of_a_list_at_once_give_each_person_one_badge(
    connection: psycopg.Connection, import_: Import, tmp_path: Path, worker_url: str, events_dir: Path
) -> None:
    path = people(
        tmp_path / "people.csv",
        *(f"Person {chr(65 + at % 26)}{chr(97 + at // 26)}" for at in range(600)),
    )
    arguments = ["import", str(path), "--event", "my-conf"]
    environment = {"DATABASE_URL": worker_url, "EVENTS_DIR": str(events_dir)}

    def both(path: Path) -> list[str]:
        from helpers import run

        with ThreadPoolExecutor() as pool:
            results = pool.map(lambda _: run(*arguments, **environment), range(2))
        return sorted(line for result in results for line in result.stderr.splitlines() if "new" in line)

    assert both(path) == ["list people: 0 new, 600 unchanged", "list people: 600 new, 0 unchanged"]
    count = connection.execute(
        "SELECT count(*), count(DISTINCT args ->> 'id') FROM oban_jobs"
    ).fetchone()
    assert count == (600, 600)


def test_the_index_keeps_a_version_of_a_badge_from_being_enqueued_twice(
    connection: psycopg.Connection, import_: Import, tmp_path: Path
) -> None:
    import_(people(tmp_path / "people.csv", "Ann"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(
            """
            INSERT INTO oban_jobs (queue, worker, args, meta)
            SELECT queue, worker, args, meta FROM oban_jobs
            """
        )


def test_a_strict_import_takes_all_rows_or_none(
    connection: psycopg.Connection, import_: Import, tmp_path: Path
) -> None:
    path = people(tmp_path / "people.csv", "Ann", "=1+1", "Cid")
    result = import_(path, "--strict")
    assert result.returncode == 1
    assert "row 3: name: is a formula, got '=1+1'" in result.stdout
    assert result.stderr.endswith("badge-forge: nothing was imported, as --strict says: 1 invalid row\n")
    assert not badges(connection)
    assert (tmp_path / "rejected" / "my-conf" / "people.rejected.csv").exists()
    assert import_(path).returncode == 0
    assert len(badges(connection)) == 2
    # When all rows are right, the file about earlier ones is gone.
    import_(people(path, "Ann", "Bob", "Cid"))
    assert not (tmp_path / "rejected" / "my-conf" / "people.rejected.csv").exists()


def test_the_type_of_a_ticket_is_stored_in_the_events_file(
    connection: psycopg.Connection, import_: Import, tmp_path: Path, events_dir: Path
) -> None:
    path = people(tmp_path / "people.csv", "Ann", ticket="Gold = best")
    unknown = import_(path, "--type", "Gold = best=gold")
    assert (unknown.returncode, "types of my-conf are" in unknown.stderr) == (2, True)
    told = import_(path, "--dry-run")
    assert 'to change it: --type "Gold = best"=TYPE' in told.stderr
    import_(path, "--type", "Gold = best=speaker")
    stored = (events_dir / "my-conf.toml").read_text()
    assert stored.startswith(EVENT.rstrip())
    assert 'tickets = ["Gold = best"]' in stored
    assert badges(connection)[0][2] == "speaker"
    assert "which no type" not in import_(path).stderr
    import_(path, "--type", "Gold = best=attendee")
    assert '["Early Bird", "Gold = best"]  # the cheap one' in (events_dir / "my-conf.toml").read_text()
    assert import_(path).returncode == 0  # a ticket has one type, or the file would be wrong


def test_a_list_of_a_spreadsheet_and_a_file_that_is_none(import_: Import, tmp_path: Path) -> None:
    sheets: dict[str, Any] = {"Notes": [["Hello"]], "People": [["Name", "Company"], ["Ann", "ACME"]]}
    path = write_xlsx(tmp_path / "people.xlsx", sheets)
    assert "no column is known to be the name among Hello" in import_(path).stderr
    assert "1 new" in import_(path, "--sheet", "People").stderr
    for name, content, message in (
        ("empty.csv", b"", "is empty"),
        ("picture.csv", bytes(range(256)) * 40, "name its encoding with --encoding"),
        ("broken.xlsx", b"PK\x03\x04 not a workbook", "as a spreadsheet"),
        ("only-headers.csv", b"Name,Company\n", "has no people"),
    ):
        (tmp_path / name).write_bytes(content)
        result = import_(tmp_path / name)
        assert (result.returncode, message in result.stderr) == (1, True), (name, result.stderr)
        assert "Traceback" not in result.stderr
    nothing = call("import", str(path))
    assert (nothing.returncode, "--event" in nothing.stderr) == (2, True)
