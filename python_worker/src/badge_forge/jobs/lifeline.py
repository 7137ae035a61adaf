"""Rescue jobs, of both languages, whose worker died or hangs.

Oban's lifelines rescue a job by its age, even if it is still running. This one rescues a job whose
attempt and heartbeat have not changed for `RESCUE_AFTER_S`. It measures that time with its own monotonic
clock, so clocks of different machines are never compared. After an outage of the database all timers
restart, which gives every worker time to write a heartbeat.

Each worker process runs a lifeline. They need no leader: a rescue only updates rows that still have the
observed attempt and heartbeat.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from badge_forge.jobs.heartbeat import INTERVAL_S as HEARTBEAT_S
from badge_forge.jobs.statements import statement

logger = logging.getLogger(__name__)

EXECUTING_JOBS = statement(__package__, "executing_jobs")
RESCUE_JOBS = statement(__package__, "rescue_jobs")

RESCUE_AFTER_S = 30.0
LOOK_INTERVAL_S = 3.0
LONGEST_GAP_S = 3 * LOOK_INTERVAL_S
"""After a longer gap between two looks, all timers restart. The database hung, so no worker could write
a heartbeat."""

assert RESCUE_AFTER_S >= 10 * HEARTBEAT_S, "a few lost heartbeats must not cause a rescue"

Watched = tuple[int, datetime | None, str | None]
"""A job's id, `attempted_at` and heartbeat."""


class Lifeline:
    """Watches the executing jobs of `queues` and rescues those without a heartbeat."""

    def __init__(
        self,
        pool: AsyncConnectionPool[AsyncConnection],
        queues: Sequence[str],
        rescue_after_s: float = RESCUE_AFTER_S,
    ) -> None:
        self._pool = pool
        self._queues = list(queues)
        self._rescue_after_s = rescue_after_s
        self._unchanged_since: dict[Watched, float] = {}
        self._looked_at = float("-inf")

    async def run(self) -> None:
        """Watch and rescue until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:  # the lifeline must not end
                self._unchanged_since.clear()
                logger.warning("Cannot look for jobs to rescue: %s", type(error).__name__)
            await asyncio.sleep(LOOK_INTERVAL_S)

    async def look(self) -> None:
        """Look once, and rescue jobs unchanged for `rescue_after_s`. Raises `psycopg.Error`."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(EXECUTING_JOBS, {"queues": self._queues})
            executing: list[Watched] = await cursor.fetchall()
            now = time.monotonic()
            if now - self._looked_at > LONGEST_GAP_S:
                self._unchanged_since.clear()
            self._looked_at = now
            self._unchanged_since = {job: self._unchanged_since.get(job, now) for job in executing}
            orphans = [
                job
                for job, since in self._unchanged_since.items()
                if now - since >= self._rescue_after_s
            ]
            if orphans:
                await self._rescue(orphans, connection)
            for job in orphans:  # also those whose row was locked: their timers restart
                del self._unchanged_since[job]

    async def _rescue(self, orphans: list[Watched], connection: AsyncConnection) -> None:
        ids, attempted_ats, heartbeats = (list(column) for column in zip(*orphans, strict=True))
        cursor = await connection.execute(
            RESCUE_JOBS, {"ids": ids, "attempted_ats": attempted_ats, "heartbeats": heartbeats}
        )
        for job_id, state in await cursor.fetchall():
            logger.warning("Rescued job %s, whose heartbeat had stopped: it is %s now", job_id, state)
