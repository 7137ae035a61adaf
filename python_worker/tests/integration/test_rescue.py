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
    """A lifeline that rescues what it has seen twice without a change."""
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


async def test_a_job_that_gives_no_sign_of_life_is_rescued_and_says_of_whom(
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


async def test_a_job_that_gives_signs_of_life_is_not_rescued(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection)
    for beat in range(5):
        connection.execute(
            "UPDATE oban_jobs SET meta = %s WHERE id = %s", [Jsonb({"heartbeat": beat}), job_id]
        )
        await lifeline.look()
    assert row(connection, job_id)["state"] == "executing"


async def test_a_job_on_its_next_attempt_is_not_rescued_for_the_last_one(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection)
    await lifeline.look()
    connection.execute("UPDATE oban_jobs SET attempted_at = attempted_at + interval '1 second'")
    await lifeline.look()
    assert row(connection, job_id)["state"] == "executing"


async def test_a_job_that_begins_again_between_look_and_rescue_is_left_alone(
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


async def test_a_print_is_rescued_as_a_badge_is(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection, queue="printing", worker="BadgeForge.PrintCenter")
    await lifeline.look()
    await lifeline.look()
    assert row(connection, job_id)["state"] == "available"


async def test_other_applications_jobs_are_not_rescued(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection, queue="mail", worker="Other.Mailer")
    await lifeline.look()
    await lifeline.look()
    assert row(connection, job_id)["state"] == "executing"


async def test_a_job_that_dies_on_its_last_attempt_is_discarded_with_the_reason(
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
async def test_a_hostile_heartbeat_that_does_not_change_saves_no_job(
    hostile: Any, lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    job_id = execute(connection, meta=Jsonb({"heartbeat": hostile, "rescued": "not a number"}))
    await lifeline.look()
    await lifeline.look()
    assert row(connection, job_id)["state"] == "available"


async def test_a_watch_begins_anew_when_the_database_was_gone(
    pool: Pool, connection: psycopg.Connection
) -> None:
    job_id = execute(connection)
    lifeline = Lifeline(pool, ["badges"], rescue_after_s=1e-9)
    await lifeline.look()
    watching = asyncio.create_task(lifeline.run())
    try:
        # The look after this one fails: its connection was terminated.
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


async def test_an_orphan_whose_row_is_locked_is_watched_anew(
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


async def test_heartbeats_of_megabytes_fill_no_memory(
    lifeline: Lifeline, connection: psycopg.Connection
) -> None:
    execute(connection, meta=Jsonb({"heartbeat": "x" * 10_000_000}))
    await lifeline.look()
    assert len(str(next(iter(lifeline._unchanged_since)))) < 300


async def test_work_gives_signs_of_life_in_its_row_and_returns_what_it_returns(
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


async def test_short_work_touches_no_row(pool: Pool, connection: psycopg.Connection) -> None:
    job_id = execute(connection)
    await heartbeat.during(job_of(connection, job_id), asyncio.sleep(0), pool)
    assert row(connection, job_id)["meta"] == {}


async def test_an_error_of_the_work_comes_out_as_it_is(
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


async def test_a_locked_row_stops_no_work(
    pool: Pool, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_S", 0.01)
    job_id = execute(connection)
    with psycopg.connect(database_url) as idle:
        idle.execute("SELECT 1 FROM oban_jobs FOR UPDATE")  # and never commits
        job = job_of(connection, job_id)
        assert await heartbeat.during(job, asyncio.sleep(0.3, "done"), pool) == "done"


def cancel_as_elixir_does(connection: psycopg.Connection, job_id: int) -> None:
    """What `Oban.cancel_job/1` does: the row first, then a signal, as gzipped JSON in base64."""
    connection.execute(
        "UPDATE oban_jobs SET state = 'cancelled', cancelled_at = timezone('UTC', now()) WHERE id = %s",
        [job_id],
    )
    signal = json.dumps({"action": "pkill", "job_id": job_id}).encode()
    connection.execute(
        "SELECT pg_notify('public.oban_signal', %s)", [base64.b64encode(gzip.compress(signal)).decode()]
    )


async def test_a_badge_cancelled_from_elixir_stops_and_so_does_its_renderer(
    database_url: str, badges_dir: Path, connection: psycopg.Connection, tmp_path: Path
) -> None:
    make_design(tmp_path, ENDLESS)
    settings = Settings.load(badges_dir=badges_dir, renderers=1, designs_dir=tmp_path)
    async with open_worker_context(database_url, settings) as context, context.oban:
        (renderer,) = [handle.process for handle in context.press._renderers]
        assert renderer
        (job_id,) = enqueue(connection, badge_args(design="mine"))
        await asyncio.to_thread(eventually, lambda: states(connection) == {"executing": 1})
        # Busy with it, for longer than any badge takes.
        begun = sum(renderer.cpu_times()[:2])
        await asyncio.to_thread(eventually, lambda: sum(renderer.cpu_times()[:2]) > begun + 0.5)
        with unhurried_clock() as clock:
            cancel_as_elixir_does(connection, job_id)
            await asyncio.to_thread(eventually, lambda: not renderer.is_running(), 5, clock)
        enqueue(connection, badge_args())
        await asyncio.to_thread(
            eventually, lambda: states(connection) == {"cancelled": 1, "completed": 1}
        )
    assert states(connection, "printing") == {"available": 1}


async def test_badges_are_confirmed_whatever_the_time_zone_of_the_database(
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


def test_a_worker_that_stops_gives_back_what_it_can_not_finish_at_no_cost(
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
