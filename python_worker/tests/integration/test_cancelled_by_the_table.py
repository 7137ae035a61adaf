"""Migration 0006: a trigger cancels, with a reason, the jobs that no application would cancel."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from oban._query import Query
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from helpers import badge_args, enqueue

BADGES = {"queue": "badges", "worker": "badge_forge.generator.GenerateBadge"}
PRINTING = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}

WAITING = ["available", "scheduled", "retryable", "suspended"]
NOT_WAITING = ["executing", "completed", "cancelled", "discarded"]


def ended(connection: psycopg.Connection, job_id: int) -> tuple[str, list[str]]:
    """Return a job's state and the texts of its errors."""
    row = connection.execute(
        "SELECT state::text, errors FROM oban_jobs WHERE id = %s", [job_id]
    ).fetchone()
    assert row
    return row[0], [error["error"] for error in row[1]]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            BADGES | {"worker": "os.system"},
            'worker: should be badge_forge.generator.GenerateBadge in the queue badges, got "os.system"',
        ),
        (
            PRINTING | {"worker": "System"},
            'worker: should be BadgeForge.PrintCenter in the queue printing, got "System"',
        ),
        (
            BADGES | {"queue": "default"},
            'queue: should be badges for badge_forge.generator.GenerateBadge, got "default"',
        ),
        (
            PRINTING | {"queue": "print"},
            'queue: should be printing for BadgeForge.PrintCenter, got "print"',
        ),
        (
            PRINTING | {"queue": "badges"},
            "worker: should be badge_forge.generator.GenerateBadge in the queue badges, "
            'got "BadgeForge.PrintCenter"',
        ),
    ],
)
@pytest.mark.parametrize("state", WAITING)
def test_a_wrong_worker_or_queue_is_cancelled_at_once_with_the_reason(
    state: str, row: dict[str, str], reason: str, connection: psycopg.Connection
) -> None:
    (job_id,) = enqueue(connection, badge_args(), **row, state=state)
    assert ended(connection, job_id) == ("cancelled", [reason])


def test_the_reason_has_the_format_of_oban_errors(connection: psycopg.Connection) -> None:
    before = datetime.now(UTC)
    (job_id,) = enqueue(connection, badge_args(), worker="os.system", attempt=2)
    after = datetime.now(UTC)
    row = connection.execute(
        "SELECT errors[1], cancelled_at FROM oban_jobs WHERE id = %s", [job_id]
    ).fetchone()
    assert row
    error, cancelled_at = row
    assert set(error) == {"attempt", "at", "error"}
    assert error["attempt"] == 2
    assert datetime.fromisoformat(error["at"]) == cancelled_at.replace(tzinfo=UTC)
    assert before <= datetime.fromisoformat(error["at"]) <= after


def test_the_reason_has_no_escape_sequences_of_a_worker_name(
    connection: psycopg.Connection,
) -> None:
    (job_id,) = enqueue(connection, {}, worker="\x1b[2J\u202e\x85\n" + "x" * 120)
    _, (reason,) = ended(connection, job_id)
    assert reason.isascii()
    assert reason.isprintable()
    assert len(reason) < 200


@pytest.mark.parametrize("row", [BADGES, PRINTING])
@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("[" * 9_000 + "]" * 9_000, "nests too deep, or has a number out of range"),
        ('{"a":' * 9 + "1" + "}" * 9, "nests too deep, or has a number out of range"),
        ("1" + "0" * 400 + ".5", "nests too deep, or has a number out of range"),
        ("-1e130000", "nests too deep, or has a number out of range"),
        ("[[" + "9" * 302 + "]]", "nests too deep, or has a number out of range"),
        ('"' + "x" * 10_000_000 + '"', "is too large, args may have 65536 bytes, got 10000020"),
    ],
    ids=["deep", "deep-objects", "fraction-beyond-a-double", "130000-digits", "nested-number", "10-MB"],
)
def test_args_that_are_too_deep_or_too_large_are_cancelled_with_the_field(
    value: str, what: str, row: dict[str, str], connection: psycopg.Connection
) -> None:
    cursor = connection.execute(
        "INSERT INTO oban_jobs (queue, worker, args) VALUES (%s, %s, %s::jsonb) RETURNING id",
        [row["queue"], row["worker"], '{"name": ' + value + "}"],
    )
    (job_id,) = cursor.fetchone() or ()
    assert ended(connection, job_id) == ("cancelled", [f"name: {what}"])


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"args": {f"key {n}": n for n in range(10_000)}}, "args: is too large"),
        ({"args": {"\n[INFO]": 10**400}}, "args: nests too deep, or has a number out of range"),
        ({"meta": {"batch_id": 10**400}}, "meta: nests too deep, or has a number out of range"),
        ({"meta": {"batch_id": "x" * 100_000}}, "args, meta, tags: are too large"),
        ({"errors": [Jsonb({"error": "x" * 2_000_000})]}, "errors, attempted_by: are too large"),
        ({"attempted_by": ["x" * 2_000_000]}, "errors, attempted_by: are too large"),
        ({"tags": ["x" * 100_000]}, "args, meta, tags: are too large"),
    ],
)
def test_other_columns_that_are_too_large_are_cancelled_with_the_column(
    columns: dict[str, Any], reason: str, connection: psycopg.Connection
) -> None:
    args = columns.pop("args", badge_args())
    json = {name: Jsonb(value) if name == "meta" else value for name, value in columns.items()}
    (job_id,) = enqueue(connection, args, **json)
    state, (found,) = ended(connection, job_id)
    assert state == "cancelled"
    assert found.startswith(reason)


def test_a_job_without_attempts_left_is_cancelled(
    connection: psycopg.Connection,
) -> None:
    (job_id,) = enqueue(connection, badge_args(), attempt=5, max_attempts=5)
    reason = "attempt: should be less than max_attempts, got 5 of 5"
    assert ended(connection, job_id) == ("cancelled", [reason])


@pytest.mark.parametrize("rescued", ["often", 2**31 - 1, 999_999, 10**400, ["x"], 1.5, None, 3])
async def test_an_invalid_rescue_count_does_not_block_other_rescues(
    rescued: Any, database_url: str, connection: psycopg.Connection
) -> None:
    row = {"state": "executing", "attempted_at": datetime(2020, 1, 1), "attempt": 1}  # noqa: DTZ001
    meta = [Jsonb({"rescued": rescued}), Jsonb({})]
    ids = [enqueue(connection, badge_args(), **row, meta=value)[0] for value in meta]
    async with AsyncConnectionPool(database_url, open=False) as pool:
        assert await Query(pool).rescue_jobs(600) == 2
    assert [ended(connection, job_id) for job_id in ids] == [("available", [])] * 2


def test_valid_jobs_stay_available(connection: psycopg.Connection) -> None:
    ids = [
        *enqueue(connection, badge_args(), badge_args(name=7), {"a": [[[["x"]]]]}, **BADGES),
        *enqueue(connection, badge_args(), {"name": -0.0, "n": 10**299}, **PRINTING),
    ]
    assert [ended(connection, job_id) for job_id in ids] == [("available", [])] * 5


def test_jobs_of_other_applications_are_not_changed(connection: psycopg.Connection) -> None:
    (job_id,) = enqueue(
        connection, {"x": "y" * 100_000, "z": 10**400}, queue="mailers", worker="MyApp.Mailer"
    )
    assert ended(connection, job_id) == ("available", [])


@pytest.mark.parametrize("state", NOT_WAITING)
def test_jobs_that_do_not_wait_are_not_changed(state: str, connection: psycopg.Connection) -> None:
    (job_id,) = enqueue(connection, {}, worker="os.system", state=state)
    assert ended(connection, job_id) == (state, [])


@pytest.mark.parametrize("state", NOT_WAITING)
def test_a_bad_job_is_cancelled_when_it_is_retried_or_rescued(
    state: str, connection: psycopg.Connection
) -> None:
    (job_id,) = enqueue(connection, {}, worker="os.system", state=state)
    connection.execute("UPDATE oban_jobs SET state = 'available', scheduled_at = timezone('UTC', now())")
    state, errors = ended(connection, job_id)
    assert (state, len(errors)) == ("cancelled", 1)


def test_a_waiting_job_is_cancelled_when_an_update_makes_it_bad(connection: psycopg.Connection) -> None:
    (job_id,) = enqueue(connection, badge_args())
    connection.execute("UPDATE oban_jobs SET worker = 'os.system'")
    assert ended(connection, job_id)[0] == "cancelled"
