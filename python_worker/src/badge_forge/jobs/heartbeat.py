"""Run a job's work with a heartbeat, and stop the work when the job is cancelled or rescued.

While a job runs, its worker writes a new `heartbeat` into the `meta` of the row every `INTERVAL_S`. The
Elixir app does the same. `lifeline.py` rescues a job whose heartbeat stops.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from oban import Job
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from badge_forge.errors import JobLostError
from badge_forge.jobs.attempt import attempt_parameters
from badge_forge.jobs.statements import statement

logger = logging.getLogger(__name__)

BEAT = statement(__package__, "beat")

INTERVAL_S = 2.0
"""Seconds between heartbeats. Nearly all jobs end before the first one and cost no statement."""

CANCELLED_POLL_S = 0.2
"""Seconds between checks of `job.cancelled()`, a flag that Oban for Python sets without an event."""


async def during[T](
    job: Job, work: Coroutine[Any, Any, T], pool: AsyncConnectionPool[AsyncConnection]
) -> T:
    """Await `work` on `job`, and return its result or raise its exception.

    Cancels `work` and raises `JobLostError` when the job is cancelled, or when its row belongs to
    another attempt. The work continues while the database does not answer.
    """
    working = asyncio.create_task(work)
    heartbeats = asyncio.create_task(_beat_until_lost(job, pool))
    try:
        while not working.done():
            if job.cancelled():
                raise JobLostError(f"job {job.id} was cancelled by hand while it was running")
            if heartbeats.done():
                raise JobLostError(f"job {job.id} was cancelled or rescued while it was running")
            await asyncio.wait(
                {working, heartbeats}, timeout=CANCELLED_POLL_S, return_when=asyncio.FIRST_COMPLETED
            )
        return working.result()
    finally:
        heartbeats.cancel()
        await _cancel(working)


async def _beat_until_lost(job: Job, pool: AsyncConnectionPool[AsyncConnection]) -> None:
    rows = 1
    while rows:
        await asyncio.sleep(INTERVAL_S)
        try:
            async with pool.connection() as connection:
                rows = (await connection.execute(BEAT, attempt_parameters(job))).rowcount
        except Exception as error:  # no failure to write a heartbeat stops the work
            logger.warning("Cannot write the heartbeat of job %s: %s", job.id, type(error).__name__)


async def _cancel(task: asyncio.Task[Any]) -> None:
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):  # the result is not needed any more
            await task
