"""Work on a job for as long as it is ours, and give signs of life meanwhile.

Whoever works on a job, in either language, writes a new `heartbeat` into the meta of its row every
`INTERVAL_S`. A job whose heart stops is rescued (`lifeline.py`). One that was cancelled, or taken away,
is worked on no longer.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from oban import Job
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from badge_forge.errors import TakenAwayError
from badge_forge.jobs.attempt import attempt_parameters
from badge_forge.jobs.statements import statement

logger = logging.getLogger(__name__)

BEAT = statement(__package__, "beat")

INTERVAL_S = 2.0
"""A job that is shorter, as nearly all are, costs no statement."""

CANCELLED_POLL_S = 0.2
"""Oban for Python sets a flag when a job is cancelled, wherever that was: nobody is woken."""


async def during[T](
    job: Job, work: Coroutine[Any, Any, T], pool: AsyncConnectionPool[AsyncConnection]
) -> T:
    """Await `work` on `job`, and return what it returns, or raise what it raises.

    Raises `TakenAwayError`, with `work` cancelled, once the job is cancelled, or its row no longer this
    attempt's. A database that does not answer takes nothing away.
    """
    working = asyncio.create_task(work)
    beating = asyncio.create_task(_beat_until_taken_away(job, pool))
    try:
        while not working.done():
            if beating.done() or job.cancelled():
                raise TakenAwayError(
                    f"job {job.id} was cancelled, or taken away, while it was worked on"
                )
            await asyncio.wait(
                {working, beating}, timeout=CANCELLED_POLL_S, return_when=asyncio.FIRST_COMPLETED
            )
        return working.result()
    finally:
        beating.cancel()
        await _cancelled(working)


async def _beat_until_taken_away(job: Job, pool: AsyncConnectionPool[AsyncConnection]) -> None:
    ours = 1
    while ours:
        await asyncio.sleep(INTERVAL_S)
        try:
            async with pool.connection() as connection:
                ours = (await connection.execute(BEAT, attempt_parameters(job))).rowcount
        except Exception as error:  # whatever it is: it takes no job away
            logger.warning("No sign of life for job %s: %s", job.id, type(error).__name__)


async def _cancelled(task: asyncio.Task[Any]) -> None:
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):  # whatever it was: nobody waits for it
            await task
