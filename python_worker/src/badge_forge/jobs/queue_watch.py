"""Keep this worker's queue running, listening, and visible in `oban_producers`.

`NOTIFY` does not reach every producer: a connection pooler can drop it, the notifier can have died, and
the stand-in for Oban for Elixir does not listen. So `badge-forge pause` also writes the request into the
`meta` of each producer's row in `oban_producers`. Each producer reads the request there and reports
whether it is paused. `BadgeForge.QueueWatch` does the same in Elixir.
"""

import asyncio
import logging

from oban import Oban
from oban._producer import QueueInfo
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from badge_forge.jobs.notifier import ResilientNotifier
from badge_forge.jobs.statements import statement

logger = logging.getLogger(__name__)

REPORT_PRODUCER = statement(__package__, "report_producer")

INTERVAL_S = 1.0


class QueueWatch:
    """Watches `queue` of a started `oban`. `limit` is the number of jobs that the queue runs at once."""

    def __init__(
        self, oban: Oban, queue: str, limit: int, pool: AsyncConnectionPool[AsyncConnection]
    ) -> None:
        self._oban = oban
        self._queue = queue
        self._limit = limit
        self._pool = pool
        self._failing = False

    async def run(self) -> None:
        """Look every `INTERVAL_S` until cancelled. Log an outage of the database once."""
        while True:
            try:
                await self.look()
                self._failing = False
            except Exception as error:  # the watch must not end
                if not self._failing:
                    logger.warning("Cannot report the queue %s: %s", self._queue, type(error).__name__)
                self._failing = True
            await asyncio.sleep(INTERVAL_S)

    async def look(self) -> None:
        """Restart a dead notifier or queue, report, and act on requests.

        Raises `psycopg.Error`, `OSError`.
        """
        if isinstance(self._oban._notifier, ResilientNotifier):
            await self._oban._notifier.ensure_listening()
        producer = await self._ensure_running()
        requested = await self._report(producer)
        if requested in ("pause", "resume"):
            await self._act(requested, producer)

    async def _ensure_running(self) -> QueueInfo:
        if self._oban.check_queue(self._queue) is None:
            # Paused, because the operator who stopped the queue does not want jobs to start.
            await self._oban.start_queue(queue=self._queue, limit=self._limit, paused=True)
            logger.warning(
                "The queue %s was stopped by a signal and restarted as paused: "
                "run `bin/badge-forge resume %s` to continue",
                self._queue,
                self._queue,
            )
        producer = self._oban.check_queue(self._queue)
        assert producer is not None
        return producer

    async def _report(self, producer: QueueInfo) -> str | None:
        """Write the producer's row and return the action that was requested there, if any."""
        parameters = {
            "uuid": producer.uuid,
            "name": self._oban._name,
            "node": producer.node,
            "queue": producer.queue,
            "meta": Jsonb({"local_limit": producer.limit, "paused": producer.paused}),
        }
        async with self._pool.connection() as connection:
            cursor = await connection.execute(REPORT_PRODUCER, parameters)
            row = await cursor.fetchone()
        return row[0] if row else None

    async def _act(self, requested: str, producer: QueueInfo) -> None:
        if producer.paused == (requested == "pause"):
            return
        act = self._oban.pause_queue if requested == "pause" else self._oban.resume_queue
        await act(self._queue, node=producer.node)
