"""Migrations 0009 to 0011: who may fetch, and what the row of a job that ended says."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psycopg
import pytest
from oban import Oban
from oban._query import Query
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from badge_forge.database.roles import Role, role_url
from badge_forge.jobs.failed import retry
from badge_forge.jobs.notifier import create_oban
from badge_forge.press.press import Press
from badge_forge.settings import Settings
from badge_forge.views.history import history
from badge_forge.worker import open_worker_context
from helpers import HANG_S, badge_args, enqueue, eventually

PRINT = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}

KILLED = "** (Oban.PerformError) BadgeForge.PrintCenter failed with {:cancel, :shutdown}"
"""What Oban for Elixir records for a job that it ended on a signal."""

CANCEL_IN_ELIXIR = "UPDATE oban_jobs SET state = 'cancelled', cancelled_at = timezone('UTC', now())"
"""`Oban.cancel_job/1` and `Oban.cancel_all_jobs/1`, and so Oban Web's button."""

RETRY_IN_ELIXIR = """
UPDATE oban_jobs SET state = 'available', max_attempts = GREATEST(max_attempts, attempt + 1),
    scheduled_at = timezone('UTC', now()), completed_at = NULL, cancelled_at = NULL, discarded_at = NULL
"""


def row(connection: psycopg.Connection, job_id: int) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute("SELECT * FROM oban_jobs WHERE id = %s", [job_id]).fetchone()
    assert found
    return found


def reasons(connection: psycopg.Connection, job_id: int) -> list[str]:
    return [error["error"] for error in row(connection, job_id)["errors"]]


def execute(connection: psycopg.Connection, job_id: int) -> None:
    connection.execute(
        "UPDATE oban_jobs SET state = 'executing', attempt = attempt + 1,"
        " attempted_at = timezone('UTC', now()), attempted_by = '{host.42,producer}' WHERE id = %s",
        [job_id],
    )


@pytest.fixture
async def oban(worker_url: str) -> AsyncIterator[Oban]:
    """An Oban that runs no queue, to call its API."""
    async with (
        AsyncConnectionPool(worker_url, min_size=1, open=False, kwargs={"autocommit": True}) as pool,
        Oban(pool=pool) as started,
    ):
        yield started


@pytest.mark.parametrize(
    ("role", "queue", "fetched"),
    [
        (Role.WORKER, "badges", 1),
        (Role.WORKER, "printing", 0),
        (Role.PRINT_CENTER, "badges", 0),
        (Role.PRINT_CENTER, "printing", 1),
        (Role.WORKER, "mailers", 1),
        (Role.PRINT_CENTER, "mailers", 1),
        (None, "badges", 1),
        (None, "printing", 1),
    ],
)
async def test_a_role_fetches_only_from_its_own_queue_and_others_keep_their_attempts(
    role: Role | None, queue: str, fetched: int, database_url: str, connection: psycopg.Connection
) -> None:
    worker = {"printing": "BadgeForge.PrintCenter", "mailers": "MyApp.Mailer"}.get(queue)
    (job_id,) = enqueue(connection, badge_args(), queue=queue, **({"worker": worker} if worker else {}))
    url = role_url(database_url, role) if role else database_url
    uuid = "0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e"
    async with AsyncConnectionPool(url, open=False) as pool:
        jobs = await Query(pool).fetch_jobs(demand=5, queue=queue, node="host.1", uuid=uuid)
    assert len(jobs) == fetched
    after = row(connection, job_id)
    assert (after["state"], after["attempt"]) == ("executing" if fetched else "available", fetched)


async def test_a_worker_starts_no_queue_whose_workers_it_lacks_and_none_on_other_nodes(
    worker_url: str, connection: psycopg.Connection
) -> None:
    connection.execute('LISTEN "public.oban_signal"')
    async with (
        AsyncConnectionPool(worker_url, min_size=1, open=False, kwargs={"autocommit": True}) as pool,
        create_oban({"badges": 1}, pool=pool) as oban,
    ):
        with pytest.raises(ValueError, match="workers are here, badges, got: printing"):
            await oban.start_queue(queue="printing", limit=1)
        with pytest.raises(ValueError, match="node must be this one"):
            await oban.start_queue(queue="badges", limit=1, node="other")
        assert [queue.queue for queue in oban.check_all_queues()] == ["badges"]
        await oban.stop_queue("badges", node=oban._node)
        await oban.start_queue(queue="badges", limit=2)
        (queue,) = oban.check_all_queues()
        assert (queue.queue, queue.limit) == ("badges", 2)
    connection.execute("SELECT pg_notify('public.oban_signal', 'the only signal')")
    (signal,) = connection.notifies(timeout=HANG_S, stop_after=1)
    assert signal.payload == "the only signal"


@pytest.mark.parametrize("columns", [{}, PRINT])
@pytest.mark.parametrize("state", ["available", "scheduled", "retryable", "suspended"])
async def test_a_waiting_job_cancelled_by_either_api_has_a_reason(
    state: str, columns: dict[str, str], oban: Oban, connection: psycopg.Connection
) -> None:
    ids = [enqueue(connection, badge_args(), **columns, state=state)[0] for _ in range(2)]
    await oban.cancel_job(ids[0])
    connection.execute(CANCEL_IN_ELIXIR + " WHERE id = %s", [ids[1]])
    for job_id in ids:
        job = row(connection, job_id)
        assert (job["state"], reasons(connection, job_id)) == ("cancelled", ["cancelled by hand"])
        assert set(job["errors"][0]) == {"attempt", "at", "error"}


def test_a_print_that_elixir_ends_on_a_signal_is_cancelled_by_hand(
    connection: psycopg.Connection,
) -> None:
    """Oban for Python's `cancel_job` leaves an executing row to the application that executes it."""
    (job_id,) = enqueue(connection, badge_args(), **PRINT)
    execute(connection, job_id)
    error = Jsonb({"attempt": 1, "at": "2026-11-29T12:00:00Z", "error": KILLED})
    connection.execute(CANCEL_IN_ELIXIR + ", errors = errors || %s::jsonb", [error])
    assert reasons(connection, job_id) == ["cancelled by hand"]


def test_an_executing_print_cancelled_in_elixir_keeps_its_first_reason_and_time(
    connection: psycopg.Connection,
) -> None:
    """`Oban.cancel_job` sets the state, and the executor records the exit afterwards."""
    (job_id,) = enqueue(connection, badge_args(), **PRINT)
    execute(connection, job_id)
    connection.execute(CANCEL_IN_ELIXIR)
    cancelled_at = row(connection, job_id)["cancelled_at"]
    error = Jsonb({"attempt": 1, "at": "2026-11-29T12:00:00Z", "error": KILLED})
    connection.execute(CANCEL_IN_ELIXIR + ", errors = errors || %s::jsonb", [error])
    assert reasons(connection, job_id) == ["cancelled by hand"]
    assert row(connection, job_id)["cancelled_at"] == cancelled_at


def test_a_reason_that_is_recorded_stays_the_only_one(connection: psycopg.Connection) -> None:
    (job_id,) = enqueue(connection, badge_args(), **PRINT)
    execute(connection, job_id)
    error = Jsonb({"attempt": 1, "at": "2026-11-29T12:00:00Z", "error": "id: must be a UUID"})
    connection.execute(CANCEL_IN_ELIXIR + ", errors = errors || %s::jsonb", [error])
    assert reasons(connection, job_id) == ["id: must be a UUID"]


@pytest.mark.parametrize(
    "change",
    [
        "state = 'completed'",
        "state = 'discarded'",
        "state = 'scheduled'",
        "state = 'retryable'",
        CANCEL_IN_ELIXIR.partition("SET ")[2],
        "state = 'available', attempt = attempt - 1",
    ],
)
@pytest.mark.parametrize("columns", [{}, PRINT])
def test_a_heartbeat_does_not_outlast_the_attempt(
    columns: dict[str, str], change: str, connection: psycopg.Connection
) -> None:
    meta = Jsonb({"batch_id": "b", "heartbeat": 1.5})
    (job_id,) = enqueue(connection, badge_args(), meta=meta, **columns)
    execute(connection, job_id)
    assert row(connection, job_id)["meta"]["heartbeat"] == 1.5
    connection.execute(f"UPDATE oban_jobs SET {change}".encode())
    assert row(connection, job_id)["meta"] == {"batch_id": "b"}


@pytest.mark.parametrize("columns", [{}, PRINT])
async def test_each_retry_of_a_completed_job_is_another_copy(
    columns: dict[str, str], oban: Oban, connection: psycopg.Connection
) -> None:
    (job_id,) = enqueue(connection, badge_args(), **columns)
    copies = []
    for number in range(4):
        execute(connection, job_id)
        connection.execute("UPDATE oban_jobs SET state = 'completed'")
        if number % 2:
            await oban.retry_job(job_id)
        else:
            connection.execute(RETRY_IN_ELIXIR.encode())
        copies.append(row(connection, job_id)["meta"]["print_again"])
    assert len(set(copies)) == 4
    assert max(copies) < enqueue(connection, badge_args())[0]  # a number that no job has
    assert job_id not in copies
    assert reasons(connection, job_id) == ["reprint: the job had completed"] * 4


async def test_a_retry_of_a_failed_job_is_no_reprint(oban: Oban, connection: psycopg.Connection) -> None:
    (job_id,) = enqueue(connection, badge_args(), **PRINT)
    await oban.cancel_job(job_id)
    await oban.retry_job(job_id)
    assert "print_again" not in row(connection, job_id)["meta"]


def test_a_badge_that_is_rendered_again_for_its_lost_pdf_is_no_reprint(
    connection: psycopg.Connection, badges_dir: Path
) -> None:
    args = badge_args()
    (badge_id,) = enqueue(connection, args)
    connection.execute("UPDATE oban_jobs SET state = 'completed'")
    lost = {"id": args["id"], "name": args["name"], "file": "lost.pdf", "sha256": "0" * 64}
    (print_id,) = enqueue(connection, lost, **PRINT)
    connection.execute("UPDATE oban_jobs SET state = 'cancelled' WHERE id = %s", [print_id])
    assert retry(connection, None, badges_dir).rendered_again == [print_id]
    assert row(connection, badge_id)["meta"] == {}
    assert reasons(connection, badge_id) == []


async def test_a_completed_badge_that_is_retried_is_rendered_and_printed_again_and_says_so(
    worker_url: str,
    badges_dir: Path,
    shared_press: Press,
    connection: psycopg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="badge_forge")
    prints = "SELECT args, meta FROM oban_jobs WHERE queue = 'printing' ORDER BY id"
    args = badge_args()
    (job_id,) = enqueue(connection, args, meta=Jsonb({"batch_id": "b"}))

    def confirmed(times: int) -> bool:
        return connection.execute(prints).rowcount == times

    settings = Settings.load(badges_dir=badges_dir, renderers=1)
    async with (
        open_worker_context(worker_url, settings, nullcontext(shared_press)) as context,
        context.oban,
    ):
        await asyncio.to_thread(eventually, lambda: confirmed(1))
        assert not any("printed again" in record.message for record in caplog.records)
        await context.oban.retry_job(job_id)
        await asyncio.to_thread(eventually, lambda: confirmed(2))
    (first, of_first), (second, of_second) = connection.execute(prints).fetchall()
    assert first == second  # the same file with the same bytes
    assert of_first == {"batch_id": "b"}
    assert of_second == {"batch_id": "b", "print_again": row(connection, job_id)["meta"]["print_again"]}
    said = f"Badge {args['id']} is rendered and printed again: job {job_id} was retried after"
    assert any(record.message.startswith(said) for record in caplog.records)
    async with await AsyncConnection.connect(worker_url) as reading:
        told = await history(reading, args["id"])
    assert told
    retried = [event for event in told.events if event.what == "retried"]
    assert [(event.detail, event.attempt) for event in retried] == [
        ("reprint: the job had completed", None)
    ]
