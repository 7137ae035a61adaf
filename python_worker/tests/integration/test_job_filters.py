"""The same filters choose the jobs of every command that lists or changes them."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from helpers import badge_args, call, enqueue, states

PRINT = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}
FAILED = {"state": "cancelled", "attempt": 1}

FILTERS: dict[str, tuple[tuple[str, ...], dict[str, Any], dict[str, Any]]] = {
    "batch": (("--batch", "monday"), {"meta": Jsonb({"batch_id": "monday"})}, {}),
    "event": (("--event", "my-conf"), {"meta": Jsonb({"event": "my-conf"})}, {}),
    "type": (("--type", "sponsor"), {}, {"type": "sponsor"}),
    "name": (("--name", "ZOLC"), {}, {"name": "Jan Żółć"}),
    "wildcards": (("--name", "100%_"), {}, {"name": "100%_ Ada"}),
    "since": (
        ("--since", "2026-01-02"),
        {"cancelled_at": "2026-01-03"},
        {},
    ),
    "two": (
        ("--batch", "monday", "--type", "sponsor"),
        {"meta": Jsonb({"batch_id": "monday"})},
        {"type": "sponsor"},
    ),
}


def some_failed(connection: psycopg.Connection, columns: dict[str, Any], changes: dict[str, Any]) -> int:
    """Insert three failed jobs, and return the id of the one that a filter finds."""
    old = dict.fromkeys(("inserted_at", "scheduled_at", "cancelled_at"), "2025-01-01")
    enqueue(connection, badge_args(), **FAILED | old)
    enqueue(connection, badge_args(), **FAILED | old | {"meta": Jsonb({"batch_id": "tuesday"})})
    (wanted,) = enqueue(connection, badge_args(**changes), **FAILED | old | columns)
    return wanted


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_means_the_same_jobs_in_every_command(
    name: str, connection: psycopg.Connection, worker_url: str, badges_dir: Path
) -> None:
    arguments, columns, changes = FILTERS[name]
    wanted = some_failed(connection, columns, changes)
    where = {"DATABASE_URL": worker_url, "BADGES_DIR": str(badges_dir)}
    listed = call("failed", "--list", *arguments, **where)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [str(wanted)], listed.stderr
    groups = json.loads(call("failed", "--json", *arguments, **where).stdout)
    assert [group["ids"] for group in groups] == [[wanted]]
    told = json.loads(call("status", "--json", *arguments, **where).stdout)
    assert told["badges"]["failed"] == 1
    assert call("retry", "--dry-run", *arguments, **where).stderr == "would retry 1 job\n"
    assert call("retry", *arguments, **where).stderr == "retrying 1 job\n"
    assert states(connection) == {"available": 1, "cancelled": 2}
    assert call("pause", *arguments, **where).stderr.startswith("1 job held")
    assert call("resume", *arguments, **where).stderr == "1 job released\n"
    assert call("cancel", "--dry-run", *arguments, **where).stderr == "would cancel 1 job\n"
    assert call("cancel", *arguments, **where).stderr == "1 job cancelled\n"
    assert states(connection) == {"cancelled": 3}


def test_a_print_has_the_type_of_its_badge(connection: psycopg.Connection, database_url: str) -> None:
    for type_ in ("speaker", "sponsor"):
        args = badge_args(type=type_)
        enqueue(connection, args, state="completed")
        enqueue(connection, {"id": args["id"], "name": type_}, **PRINT | FAILED)
    listed = call("failed", "--list", "--type", "sponsor", DATABASE_URL=database_url).stdout
    assert [line.split()[3] for line in listed.splitlines()] == ["sponsor:"]


@pytest.mark.parametrize("command", ["retry", "cancel"])
def test_a_command_that_changes_jobs_refuses_to_choose_for_itself(
    command: str, connection: psycopg.Connection, database_url: str
) -> None:
    enqueue(connection, badge_args())
    for arguments in ((), ("--all", "7"), ("--all", "--type", "speaker"), ("7", "--type", "speaker")):
        result = call(command, *arguments, DATABASE_URL=database_url)
        assert result.returncode == 2, arguments
    assert states(connection) == {"available": 1}
    assert "or --all" in call(command, DATABASE_URL=database_url).stderr


def test_failures_are_grouped_by_cause_with_the_command_for_the_same_filter(
    connection: psycopg.Connection, database_url: str
) -> None:
    def fail(number: int, error: str, **columns: Any) -> None:
        errors = [Jsonb({"attempt": 1, "at": "2026-01-01T00:00:00Z", "error": error})]
        columns = {"meta": Jsonb({"batch_id": "b"}), "errors": errors} | columns
        enqueue(connection, *(badge_args() for _ in range(number)), **FAILED | columns)

    for number in range(7):
        fail(1, f"cannot write /srv/badges/{number}.pdf: no space")
    fail(2, "the disk 7 hums")
    fail(1, "the disk 8 hums")
    fail(1, "another batch", meta=Jsonb({"batch_id": "c"}))
    result = call("failed", "--batch", "b", DATABASE_URL=database_url)
    assert result.returncode == 0
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert lines[0] == "7  badges  a PDF cannot be stored"
    assert lines[2] == "bin/badge-forge retry --batch b"
    assert lines[3].startswith("3  badges  the disk ")
    assert len(lines) == 6
    assert result.stderr == "10 failed jobs, 2 causes\n"


def test_a_batch_is_shown_with_its_failures_and_only_these_are_retried(
    connection: psycopg.Connection, database_url: str
) -> None:
    meta = {"meta": Jsonb({"batch_id": "0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e"})}
    enqueue(connection, badge_args(), badge_args(), **FAILED | meta)
    enqueue(connection, badge_args(), state="completed", **meta)
    enqueue(connection, badge_args(), **FAILED | {"meta": Jsonb({"batch_id": "other"})})
    shown = call("batch", "0b7a", DATABASE_URL=database_url)
    assert shown.returncode == 0, shown.stderr
    assert "3 badges, conf-4x6, 1 rendered, 0 printed, 2 failed" in shown.stdout
    assert "2  badges  no reason was recorded" in shown.stdout
    result = call("batch", "0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e", "--retry", DATABASE_URL=database_url)
    assert result.stderr == "retrying 2 jobs, 0 of them by rendering again\n"
    assert states(connection) == {"available": 2, "cancelled": 1, "completed": 1}


@pytest.mark.parametrize("wrong", ["0", "nonsense", "x\x1b[2J", "%"])
def test_a_batch_that_does_not_exist_is_reported_with_the_command_that_lists_them(
    wrong: str, database_url: str
) -> None:
    result = call("batch", wrong, DATABASE_URL=database_url)
    assert result.returncode == 1
    assert "`bin/badge-forge batches` lists the batches" in result.stderr
    assert "\x1b" not in result.stderr


def test_batches_count_only_what_a_filter_chooses(
    connection: psycopg.Connection, database_url: str
) -> None:
    meta = {"meta": Jsonb({"batch_id": "b"})}
    enqueue(connection, badge_args(type="sponsor"), badge_args(), badge_args(), **meta)
    enqueue(connection, badge_args(), meta=Jsonb({"batch_id": "c"}))
    result = call("batches", "--type", "sponsor", DATABASE_URL=database_url)
    assert result.stdout.endswith("  b  1 badge, conf-4x6, 0 rendered, 0 printed\n")
    assert result.stderr == "1 batch\n"
