"""Jobs whose worker has died are rescued. Running jobs never are."""

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from oban import Job
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from badge_forge.errors import JobLostError
from badge_forge.jobs import heartbeat
from badge_forge.jobs import lifeline as lifeline_module
from badge_forge.jobs.lifeline import Lifeline
from badge_forge.press.press import Press
from badge_forge.settings import Settings
from badge_forge.worker import open_worker_context
from helpers import (
    HANG_S,
    badge_args,
    enqueue,
    eventually,
    make_design,
    running,
    states,
    still_alive,
    unhurried_clock,
)

Pool = AsyncConnectionPool[AsyncConnection]

ENDLESS = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
"""A page that never ends; its renderer is busy until it is killed."""


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with AsyncConnectionPool(
        database_url, min_size=1, open=False, kwargs={"autocommit": True}
    ) as opened:
        yield opened


@pytest.fixture
def lifeline(pool: Pool) -> Lifeline:
    """A lifeline that rescues a job which two looks found unchanged."""
    return Lifeline(pool, ["badges", "printing"], rescue_after_s=1e-9)


def execute(connection: psycopg.Connection, **columns: Any) -> int:
    """Insert a job that is `executing`, and return its id."""
    (job_id,) = enqueue(connection, badge_args(), **columns)
    connection.execute(
        "UPDATE oban_jobs SET state = 'executing', attempt = attempt + 1,"
        " attempted_at = timezone('UTC', now()), attempted_by = '{host.42,producer}' WHERE id = %s",
        [job_id],
    )
    return job_id


def row(connection: psycopg.Connection, job_id: int) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute("SELECT * FROM oban_jobs WHERE id = %s", [job_id]).fetchone()
    assert found
    return found


def job_of(connection: psycopg.Connection, job_id: int) -> Job:
    columns = row(connection, job_id)
    return Job(**{name: columns[name] for name in ("id", "worker", "queue", "args", "attempted_at")})


async def test_a_job_without_heartbeats_is_rescued_and_its_error_names_the_node(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection)
    await lifeline.look()
    await lifeline.look()
    job = row(connection, job_id)
    assert (job["state"], job["attempt"]) == ("available", 1)
    (error,) = job["errors"]
    assert error["error"] == "rescued: the heartbeat of host.42 stopped"
    assert error["attempt"] == 1


async def test_a_job_with_heartbeats_is_not_rescued(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection)
    for beat in range(5):
        connection.execute(
            "UPDATE oban_jobs SET meta = %s WHERE id = %s", [Jsonb({"heartbeat": beat}), job_id]
        )
        await lifeline.look()
    assert row(connection, job_id)["state"] == "executing"


async def test_a_new_attempt_is_not_rescued_for_the_previous_one(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection)
    await lifeline.look()
    connection.execute("UPDATE oban_jobs SET attempted_at = attempted_at + interval '1 second'")
    await lifeline.look()
    assert row(connection, job_id)["state"] == "executing"


async def test_a_job_with_a_heartbeat_between_look_and_rescue_is_not_rescued(
    pool: Pool, connection: psycopg.Connection
) -> None:
    job_id = execute(connection)
    lifeline = Lifeline(pool, ["badges"], rescue_after_s=1e-9)
    await lifeline.look()
    watched = list(lifeline._unchanged_since)
    connection.execute("UPDATE oban_jobs SET meta = '{\"heartbeat\": 1}'")
    async with pool.connection() as other:
        await lifeline._rescue(watched, other)
    assert row(connection, job_id)["state"] == "executing"


async def test_a_print_is_rescued_like_a_badge(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection, queue="printing", worker="BadgeForge.PrintCenter")
    await lifeline.look()
    await lifeline.look()
    assert row(connection, job_id)["state"] == "available"


async def test_jobs_of_other_applications_are_not_rescued(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection, queue="mail", worker="Other.Mailer")
    await lifeline.look()
    await lifeline.look()
    assert row(connection, job_id)["state"] == "executing"


async def test_a_job_lost_on_its_last_attempt_is_discarded_with_the_reason(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection, max_attempts=1)
    await lifeline.look()
    await lifeline.look()
    job = row(connection, job_id)
    assert job["state"] == "discarded"
    assert job["discarded_at"]
    assert "rescued: the heartbeat of" in job["errors"][-1]["error"]


@pytest.mark.parametrize("hostile", ["x" * 100_000, -1, 1e300, {"a": []}, None, "9999-12-31"])
async def test_a_hostile_heartbeat_that_does_not_change_prevents_no_rescue(
    hostile: Any, lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection, meta=Jsonb({"heartbeat": hostile, "rescued": "not a number"}))
    await lifeline.look()
    await lifeline.look()
    assert row(connection, job_id)["state"] == "available"


async def test_all_timers_restart_after_the_database_was_unreachable(
    pool: Pool, connection: psycopg.Connection
) -> None:
    job_id = execute(connection)
    lifeline = Lifeline(pool, ["badges"], rescue_after_s=1e-9)
    await lifeline.look()
    watching = asyncio.create_task(lifeline.run())
    try:
        # The next look fails, because its connection is terminated.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await asyncio.to_thread(eventually, lambda: not lifeline._unchanged_since)
        assert row(connection, job_id)["state"] == "executing"
    finally:
        watching.cancel()


async def test_all_timers_restart_after_the_database_hung(
    pool: Pool, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr(lifeline_module, "LONGEST_GAP_S", 0.1)
    job_id = execute(connection)
    lifeline = Lifeline(pool, ["badges"], rescue_after_s=0.1)
    await lifeline.look()
    with psycopg.connect(database_url) as holder:
        holder.execute("LOCK TABLE oban_jobs IN ACCESS EXCLUSIVE MODE")
        looking = asyncio.create_task(lifeline.look())
        await asyncio.sleep(0.3)  # the outage: longer than `rescue_after_s` and `LONGEST_GAP_S`
    await looking
    assert row(connection, job_id)["state"] == "executing"


async def test_the_timer_of_an_orphan_restarts_if_its_row_is_locked(
    pool: Pool, connection: psycopg.Connection, database_url: str
) -> None:
    job_id = execute(connection)
    lifeline = Lifeline(pool, ["badges"], rescue_after_s=1e-9)
    await lifeline.look()
    with psycopg.connect(database_url) as holder:
        holder.execute("SELECT 1 FROM oban_jobs FOR UPDATE")
        await lifeline.look()
    assert lifeline._unchanged_since == {}
    assert row(connection, job_id)["state"] == "executing"


async def test_a_huge_heartbeat_is_not_kept_in_memory(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    execute(connection, meta=Jsonb({"heartbeat": "x" * 10_000_000}))
    await lifeline.look()
    assert len(str(next(iter(lifeline._unchanged_since)))) < 300


async def test_work_writes_heartbeats_and_its_result_is_returned(
    pool: Pool, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_S", 0.05)
    job_id = execute(connection)
    seen: set[Any] = set()

    def beats() -> int:
        seen.add(row(connection, job_id)["meta"].get("heartbeat"))
        return len(seen)

    async def work() -> str:
        await asyncio.to_thread(eventually, lambda: beats() >= 3)
        return "done"

    assert await heartbeat.during(job_of(connection, job_id), work(), pool) == "done"


async def test_short_work_writes_no_heartbeat(pool: Pool, connection: psycopg.Connection) -> None:
    job_id = execute(connection)
    await heartbeat.during(job_of(connection, job_id), asyncio.sleep(0), pool)
    assert row(connection, job_id)["meta"] == {}


async def test_an_error_of_the_work_is_raised_unchanged(
    pool: Pool, connection: psycopg.Connection
) -> None:
    async def work() -> None:
        raise ZeroDivisionError("no badge today")

    with pytest.raises(ZeroDivisionError, match="no badge today"):
        await heartbeat.during(job_of(connection, execute(connection)), work(), pool)


@pytest.mark.parametrize("change", ["state = 'cancelled'", "attempted_at = now()"])
async def test_work_on_a_cancelled_or_rescued_job_stops(
    change: str, pool: Pool, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_S", 0.05)
    job_id = execute(connection)
    job = job_of(connection, job_id)
    ended = asyncio.Event()

    async def work() -> None:
        try:
            connection.execute(f"UPDATE oban_jobs SET {change}".encode())
            await asyncio.sleep(HANG_S)
        finally:
            ended.set()

    with pytest.raises(JobLostError, match=f"job {job_id} was cancelled or rescued"):
        await heartbeat.during(job, work(), pool)
    assert ended.is_set()


async def test_a_locked_row_does_not_stop_the_work(
    pool: Pool, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_S", 0.01)
    job_id = execute(connection)
    with psycopg.connect(database_url) as idle:
        idle.execute("SELECT 1 FROM oban_jobs FOR UPDATE")  # and does not commit
        job = job_of(connection, job_id)
        assert await heartbeat.during(job, asyncio.sleep(0.3, "done"), pool) == "done"


def cancel_as_elixir_does(connection: psycopg.Connection, job_id: int) -> None:
    """Cancel as `Oban.cancel_job/1` does: update the row, then signal in gzipped JSON in base64."""
    connection.execute(
        "UPDATE oban_jobs SET state = 'cancelled', cancelled_at = timezone('UTC', now()) WHERE id = %s",
        [job_id],
    )
    signal = json.dumps({"action": "pkill", "job_id": job_id}).encode()
    connection.execute(
        "SELECT pg_notify('public.oban_signal', %s)", [base64.b64encode(gzip.compress(signal)).decode()]
    )


async def test_cancelling_a_badge_from_elixir_ends_its_renderer(
    database_url: str, badges_dir: Path, connection: psycopg.Connection, tmp_path: Path
) -> None:
    make_design(tmp_path, ENDLESS)
    settings = Settings.load(badges_dir=badges_dir, renderers=1, designs_dir=tmp_path)
    async with open_worker_context(database_url, settings) as context, context.oban:
        (renderer,) = [handle.process for handle in context.press._renderers]
        assert renderer
        (job_id,) = enqueue(connection, badge_args(design="mine"))
        await asyncio.to_thread(eventually, lambda: states(connection) == {"executing": 1})
        # Wait until the renderer has worked on it for longer than any badge takes.
        cpu_s_before = sum(renderer.cpu_times()[:2])
        await asyncio.to_thread(eventually, lambda: sum(renderer.cpu_times()[:2]) > cpu_s_before + 0.5)
        with unhurried_clock() as clock:
            cancel_as_elixir_does(connection, job_id)
            await asyncio.to_thread(eventually, lambda: not renderer.is_running(), 5, clock)
        enqueue(connection, badge_args())
        await asyncio.to_thread(
            eventually, lambda: states(connection) == {"cancelled": 1, "completed": 1}
        )
    assert states(connection, "printing") == {"available": 1}


async def test_badges_are_confirmed_in_any_time_zone_of_the_database(
    database_url: str, badges_dir: Path, connection: psycopg.Connection, shared_press: Press
) -> None:
    connection.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = ''America/Lima''',"
        " current_database()); END $$"
    )
    enqueue(connection, badge_args())
    settings = Settings.load(badges_dir=badges_dir, renderers=1)
    press = nullcontext(shared_press)
    async with open_worker_context(database_url, settings, press) as context, context.oban:
        await asyncio.to_thread(eventually, lambda: set(states(connection)) - {"available", "executing"})
    assert states(connection) == {"completed": 1}


def test_a_stopping_worker_returns_unfinished_jobs_without_counting_the_attempt(
    database_url: str, badges_dir: Path, connection: psycopg.Connection, tmp_path: Path
) -> None:
    make_design(tmp_path, ENDLESS)
    environment = {
        "DATABASE_URL": database_url,
        "BADGES_DIR": str(badges_dir),
        "DESIGNS_DIR": str(tmp_path),
        "RENDERERS": "1",
        "SHUTDOWN_GRACE_S": "0.5",
    }
    (job_id,) = enqueue(connection, badge_args(design="mine"))
    with running("worker", log=tmp_path / "log", **environment) as worker:
        eventually(lambda: states(connection) == {"executing": 1})
        processes = psutil.Process(worker.pid).children(recursive=True)
        worker.terminate()
        assert worker.wait(HANG_S) == 0
    job = row(connection, job_id)
    assert (job["state"], job["attempt"], job["errors"]) == ("available", 0, [])
    assert still_alive(processes) == []
