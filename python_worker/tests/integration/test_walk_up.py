"""Badges that are on no list: walk-ups ahead of every batch, and spare ones to write on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from helpers import HANG_S, call, enqueue, eventually, run, states

EVENT = """
name = "My Conf"
design = "a6"

[types.guest]
label = "Guest"

[desks]
north = ["one"]

[printers.one]
uri = "ipp://192.0.2.1/ipp/print"
"""


@pytest.fixture
def events(tmp_path: Path) -> dict[str, str]:
    """The environment of a command with the event `my-conf`."""
    (tmp_path / "my-conf.toml").write_text(EVENT)
    return {"EVENTS_DIR": str(tmp_path)}


def test_a_walk_up_is_enqueued_ahead_of_every_batch_and_its_id_is_printed(
    worker_url: str, connection: psycopg.Connection
) -> None:
    options = ["--company", "Navy", "--type", "speaker", "--title", "Admiral", "--qr", "none"]
    result = call("enqueue", "--name", "Żółć 王", *options, DATABASE_URL=worker_url)
    assert (result.returncode, result.stderr) == (0, "enqueued the badge of Żółć 王 as job 1\n")
    ((args, meta, priority, attempts, worker),) = connection.execute(
        "SELECT args, meta, priority, max_attempts, worker FROM oban_jobs"
    ).fetchall()
    assert str(UUID(args.pop("id"))) == result.stdout.strip()
    assert args == {
        "name": "Żółć 王",
        "company": "Navy",
        "type": "speaker",
        "title": "Admiral",
        "qr": "none",
    }
    assert (meta, priority, attempts) == ({}, 0, 5)
    assert worker == "badge_forge.generator.GenerateBadge"


def test_a_walk_up_of_an_event_has_its_design_its_first_type_and_a_desk(
    worker_url: str, connection: psycopg.Connection, events: dict[str, str]
) -> None:
    options = ["--name", "Ada", "--event", "my-conf", "--desk", "north"]
    result = call("enqueue", *options, DATABASE_URL=worker_url, **events)
    assert result.returncode == 0, result.stderr
    row = connection.execute("SELECT args - 'id', meta FROM oban_jobs").fetchone()
    args = {"name": "Ada", "company": "", "type": "guest", "design": "a6", "event_slug": "my-conf"}
    assert row == (args, {"event": "my-conf", "version": 1, "desk": "north"})
    listed = call("status", "--event", "my-conf", DATABASE_URL=worker_url).stdout
    assert "1 waiting" in listed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--name", " "], "name: should not be blank"),
        (["--name", "Ada", "--type", "Ünsinn"], "type: "),
        (["--name", "Ada", "--email", "nonsense"], "email: should be an e-mail address"),
        (["--name", "Ada", "--qr", "url"], "qr: needs the field url"),
        (["--name", "Ada", "--event", "../x"], "an event's slug must be of a-z"),
        (["--name", "Ada", "--event", "my-con"], "there is no event my-con: did you mean my-conf?"),
        (["--name", "Ada", "--event", "my-conf", "--desk", "south"], "no desk 'south': desks are north"),
        (["--name", "Ada", "--desk", " "], "--desk must have 1 to 40 characters"),
        ([], "Missing option '--name'"),
    ],
)
def test_a_wrong_walk_up_is_refused_with_one_line_and_nothing_is_enqueued(
    options: list[str],
    message: str,
    worker_url: str,
    connection: psycopg.Connection,
    events: dict[str, str],
) -> None:
    result = call("enqueue", *options, DATABASE_URL=worker_url, **events)
    assert result.returncode != 0
    assert message in " ".join(result.stderr.split())
    assert states(connection) == {}


@contextmanager
def waiting(url: str) -> Iterator[object]:
    """Enqueue a badge with --wait in another process, and yield what becomes of the command."""
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(run, "enqueue", "--name", "Ada", "--wait", DATABASE_URL=url)


def test_wait_tells_what_the_badge_waits_for_and_ends_when_it_is_printed(
    worker_url: str, connection: psycopg.Connection
) -> None:
    with waiting(worker_url) as command:
        eventually(lambda: states(connection) == {"available": 1})
        connection.execute("UPDATE oban_jobs SET state = 'completed', completed_at = now()")
        row = connection.execute("SELECT args ->> 'id' FROM oban_jobs").fetchone()
        assert row
        args = {"id": row[0], "name": "Ada"}
        printing = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}
        enqueue(connection, args, state="completed", completed_at="now", **printing)
        result = command.result(HANG_S)  # type: ignore[attr-defined]
    assert result.returncode == 0, result.stderr
    assert result.stderr.splitlines()[-2:] == ["rendered", "printed"]


def test_wait_ends_with_the_reason_if_the_badge_failed(
    worker_url: str, connection: psycopg.Connection
) -> None:
    error = {"attempt": 1, "at": "2026-01-01T00:00:00Z", "error": "design: there is no design x"}
    with waiting(worker_url) as command:
        eventually(lambda: states(connection) == {"available": 1})
        connection.execute(
            "UPDATE oban_jobs SET state = 'cancelled', cancelled_at = now(), errors = ARRAY[%s]",
            [Jsonb(error)],
        )
        result = command.result(HANG_S)  # type: ignore[attr-defined]
    assert result.returncode == 1
    assert "the badge failed: unknown design x" in result.stderr


def test_blanks_are_a_batch_of_spare_badges_with_ids_behind_walk_ups(
    worker_url: str, connection: psycopg.Connection, events: dict[str, str]
) -> None:
    options = ["2", "--type", "guest", "--type", "speaker", "--type", "guest", "--event", "my-conf"]
    result = call("blanks", *options, DATABASE_URL=worker_url, **events)
    assert result.returncode == 0, result.stderr
    batch_id = result.stdout.strip()
    assert result.stderr == (
        f"enqueued 4 spare badges: `bin/badge-forge batch {batch_id}` tells how far\n"
    )
    rows = connection.execute(
        "SELECT args ->> 'type', args ->> 'name', args -> 'blank', args ->> 'design', meta, priority"
        " FROM oban_jobs ORDER BY id"
    ).fetchall()
    meta = {"event": "my-conf", "version": 1, "batch_id": batch_id}
    assert rows == [
        (kind, f"Spare {number}", True, "a6", meta, 1)
        for kind in ("guest", "speaker")
        for number in (1, 2)
    ]
    ids = connection.execute("SELECT count(DISTINCT args ->> 'id') FROM oban_jobs").fetchone()
    assert ids == (4,)


@pytest.mark.parametrize("options", [["0", "--type", "x"], ["501", "--type", "x"], ["2"], ["x"]])
def test_a_wrong_number_of_blanks_is_refused(options: list[str], database_url: str) -> None:
    assert call("blanks", *options, DATABASE_URL=database_url).returncode == 2
