"""A badge is printed again with a reason, which is counted; a person settles what is unknown."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge.database.roles import Role, role_url
from badge_forge.jobs.print_again import print_again
from helpers import HANG_S, badge_args, call, enqueue, eventually

PRINT = {"queue": "printing", "worker": "BadgeForge.PrintCenter", "max_attempts": 20}
UNKNOWN = (
    '** (Oban.PerformError) BadgeForge.PrintCenter failed with {:cancel, "unknown: check the tray: x"}'
)


def make(
    connection: psycopg.Connection, printing: str | None = "completed", error: str = "", **changes: Any
) -> dict[str, Any]:
    """Insert the jobs of a badge that was rendered, and its print in a state, with an error."""
    ticket = changes.pop("ticket", None)
    args = badge_args(**changes)
    enqueue(connection, args, state="completed", meta=Jsonb({"ticket": ticket} if ticket else {}))
    if printing:
        errors = [Jsonb({"attempt": 1, "at": "2026-01-01T00:00:00Z", "error": error})] if error else []
        print_args = {"id": args["id"], "name": args["name"], "file": f"x-{args['id']}.pdf"}
        meta = Jsonb({"desk": "north", "batch_id": "b"})
        enqueue(connection, print_args, state=printing, attempt=1, errors=errors, meta=meta, **PRINT)
    return args


def prints(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT state::text, priority, meta, errors[cardinality(errors)] ->> 'error' FROM oban_jobs"
        " WHERE queue = 'printing' ORDER BY id"
    ).fetchall()


@pytest.mark.parametrize("by", ["id", "prefix", "name", "e-mail", "ticket", "job"])
def test_a_badge_is_printed_again_by_what_is_known_of_it(
    by: str, connection: psycopg.Connection, worker_url: str
) -> None:
    make(connection, name="Grace Hopper", email="grace@example.org", ticket="AB-2")
    args = make(connection, name="Jan Żółć", email="Jan@Example.org", ticket="AB-1")
    text = {
        "id": args["id"],
        "prefix": args["id"][:8],
        "name": "zolc",
        "e-mail": "jan@example.ORG",
        "ticket": "AB-1",
        "job": "4",
    }[by]
    result = call("reprint", text, "--reason", "the paper jammed", DATABASE_URL=worker_url)
    assert result.returncode == 0, result.stderr
    assert result.stderr == "printing the badge of Jan Żółć again: job 5, reprint 1\n"
    assert prints(connection)[-1] == (
        "available",
        0,
        {"desk": "north", "batch_id": "b", "print_again": True},
        "reprint 1: the paper jammed",
    )


def test_a_second_print_without_a_reason_is_refused_and_each_is_counted(
    connection: psycopg.Connection, worker_url: str
) -> None:
    args = make(connection)
    for arguments, code, words in (
        ([], 2, "was printed: give a reason to print it again, --reason TEXT"),
        (["--reason", " "], 2, "--reason must have 1 to 200 characters, got 1"),
        (["--reason", "x" * 201], 2, "--reason must have 1 to 200 characters, got 201"),
        (["--reason", "lost"], 0, "reprint 1"),
        (["--reason", "lost"], 1, "has not ended"),
    ):
        result = call("reprint", args["id"], *arguments, DATABASE_URL=worker_url)
        assert (result.returncode, words in result.stderr) == (code, True), result.stderr
    connection.execute("UPDATE oban_jobs SET state = 'completed', completed_at = now()")
    result = call("reprint", args["id"], "--reason", "torn\x1b[2J\nup", DATABASE_URL=worker_url)
    assert "reprint 2" in result.stderr
    assert [row[3] for row in prints(connection)] == [
        None,
        "reprint 1: lost",
        "reprint 2: torn [2J up",
    ]
    why = call("why", args["id"], DATABASE_URL=worker_url).stdout
    assert "Again:  asked for again 2 times, the last time: torn" in why
    assert "reprint  1: lost" in " ".join(why.split(" "))
    told = json.loads(call("why", args["id"], "--json", DATABASE_URL=worker_url).stdout)
    assert told["reprints"] == 2


def test_ambiguous_names_list_the_candidates_and_print_nothing(
    connection: psycopg.Connection, worker_url: str
) -> None:
    both = [make(connection, name="Ada Lovelace"), make(connection, name="Ada Byron")]
    result = call("reprint", "ada", "--reason", "x", DATABASE_URL=worker_url)
    assert result.returncode == 1
    assert '"ada" matches 2 badges: give the id of one' in result.stderr
    for args in both:
        assert f"{args['id'][:8]}  {args['name']}" in result.stdout
    assert len(prints(connection)) == 2
    result = call("reprint", "nonsense\x1b[2J", "--reason", "x", DATABASE_URL=worker_url)
    assert result.returncode == 1
    assert "no badge has" in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("printing", [None, "cancelled", "executing"])
def test_a_badge_that_was_not_printed_is_not_printed_again(
    printing: str | None, connection: psycopg.Connection, worker_url: str
) -> None:
    args = make(connection, printing)
    before = prints(connection)
    result = call("reprint", args["id"], "--reason", "x", DATABASE_URL=worker_url)
    assert result.returncode == 1
    assert "is not printed again, since" in result.stderr
    assert call("printed", args["id"], DATABASE_URL=worker_url).returncode == 1
    assert prints(connection) == before


@pytest.mark.parametrize("error", [UNKNOWN, "unknown: check the tray: desk1: no answer"])
@pytest.mark.parametrize("reason", [None, "the tray was empty"])
def test_a_print_that_is_unknown_is_printed_again_as_another_copy_and_needs_no_reason(
    reason: str | None, error: str, connection: psycopg.Connection, worker_url: str
) -> None:
    args = make(connection, "cancelled", error)
    failed = call("failed", DATABASE_URL=worker_url).stdout
    assert "unknown: check the tray" in failed
    assert "bin/badge-forge reprint 2" in failed
    arguments = ["--reason", reason] if reason else []
    result = call("reprint", "2", *arguments, DATABASE_URL=worker_url)
    assert result.returncode == 0, result.stderr
    ((state, _priority, meta, last),) = prints(connection)
    assert (state, last) == (
        "available",
        f"reprint 1: {reason or 'it was not known whether it was printed'}",
    )
    assert type(meta["print_again"]) is int  # a copy that no printer knows
    assert "unknown" not in call("failed", DATABASE_URL=worker_url).stdout
    assert (
        args["id"] in json.loads(call("why", args["id"], "--json", DATABASE_URL=worker_url).stdout)["id"]
    )


def test_a_print_that_is_unknown_is_settled_as_printed(
    connection: psycopg.Connection, worker_url: str
) -> None:
    args = make(connection, "cancelled", UNKNOWN)
    result = call("printed", "ada", DATABASE_URL=worker_url)
    assert (result.returncode, result.stderr) == (
        0,
        "the badge of Ada Lovelace counts as printed: job 2\n",
    )
    assert [row[0] for row in prints(connection)] == ["completed"]
    why = call("why", args["id"], DATABASE_URL=worker_url).stdout
    assert "State:  printed" in why
    assert "settled" in why
    assert call("printed", "ada", DATABASE_URL=worker_url).returncode == 1
    # It can be printed again as any other, with a reason.
    assert call("reprint", "ada", DATABASE_URL=worker_url).returncode == 2
    assert call("reprint", "ada", "--reason", "lost", DATABASE_URL=worker_url).returncode == 0


@pytest.mark.parametrize(("printing", "error"), [("completed", ""), ("cancelled", UNKNOWN)])
def test_a_name_that_was_corrected_is_not_printed_again(
    printing: str, error: str, connection: psycopg.Connection, worker_url: str
) -> None:
    args = make(connection, printing, error)
    (later,) = enqueue(
        connection,
        args | {"name": "Augusta"},
        state="discarded",
        meta=Jsonb({"version": 2, "event": "e"}),
    )
    result = call("reprint", args["id"], "--reason", "x", DATABASE_URL=worker_url)
    assert result.returncode == 1
    assert "since it was not printed yet" in result.stderr
    connection.execute("DELETE FROM oban_jobs WHERE id = %s", [later])
    assert call("reprint", args["id"], "--reason", "x", DATABASE_URL=worker_url).returncode == 0


def test_a_reprint_in_oban_web_counts_as_well(connection: psycopg.Connection, worker_url: str) -> None:
    args = make(connection)
    connection.execute(  # as Oban retries a job
        "UPDATE oban_jobs SET state = 'available', scheduled_at = now(), completed_at = NULL"
        " WHERE queue = 'printing'"
    )
    connection.execute("UPDATE oban_jobs SET state = 'completed', completed_at = now()")
    result = call("reprint", args["id"], "--reason", "x", DATABASE_URL=worker_url)
    assert "reprint 2" in result.stderr


@pytest.mark.parametrize("role", [Role.WORKER, Role.PRINT_CENTER])
def test_both_applications_may_print_again_and_two_at_once_get_one_print(
    role: Role, database_url: str, connection: psycopg.Connection
) -> None:
    args = make(connection)
    url = role_url(database_url, role)
    with psycopg.connect(url) as one, psycopg.connect(url) as other:
        one.execute("SELECT")  # begins a transaction, which is open until the commit below
        assert print_again(one, args["id"], "x").outcome == "enqueued"
        with ThreadPoolExecutor(1) as thread:
            second = thread.submit(print_again, other, args["id"], "x")
            eventually(lambda: waits_for_a_lock(connection) or second.done())
            one.commit()
            assert second.result(HANG_S).outcome == "under way"


def waits_for_a_lock(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        "SELECT FROM pg_locks JOIN pg_database ON oid = database"
        " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
    ).fetchone()
    return row is not None
