"""Rescue, of both languages, the jobs that nobody works on any more.

Oban's own lifelines rescue whatever began long ago, whether or not it is still worked on. This one
watches: a job is rescued when its row, attempt and heartbeat, has not changed for `RESCUE_AFTER_S` while
it was looked at all the time. No clock is compared with another one. After the database was gone, or
hung, the watch begins anew, so that everybody gets the time to give a sign of life.

Each worker has a lifeline. They need no leader: a rescue is fenced by what was watched, and one of them
comes first.
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
LONGEST_BLINK_S = 3 * LOOK_INTERVAL_S
"""A database that hung for longer let nobody give a sign of life: the watch begins anew."""

assert RESCUE_AFTER_S >= 10 * HEARTBEAT_S, "a few heartbeats may get lost"

Watched = tuple[int, datetime | None, str | None]
"""A job's id, and what changes when somebody begins to work on it or gives a sign of life."""


class Lifeline:
    """Watches the jobs of `queues` in the database behind `pool`."""

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
            except Exception as error:  # whatever it is: nobody else would rescue
                self._unchanged_since.clear()
                logger.warning("Can't look for jobs to rescue: %s", type(error).__name__)
            await asyncio.sleep(LOOK_INTERVAL_S)

    async def look(self) -> None:
        """Look once, and rescue what has not changed for too long. Raises `psycopg.Error`."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(EXECUTING_JOBS, {"queues": self._queues})
            executing: list[Watched] = await cursor.fetchall()
            now = time.monotonic()
            if now - self._looked_at > LONGEST_BLINK_S:
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
            for job in orphans:  # one whose row is locked is watched anew
                del self._unchanged_since[job]

    async def _rescue(self, orphans: list[Watched], connection: AsyncConnection) -> None:
        ids, attempted_ats, heartbeats = (list(column) for column in zip(*orphans, strict=True))
        cursor = await connection.execute(
            RESCUE_JOBS, {"ids": ids, "attempted_ats": attempted_ats, "heartbeats": heartbeats}
        )
        for job_id, state in await cursor.fetchall():
            logger.warning("Rescued job %s, which nobody worked on any more: %s", job_id, state)
