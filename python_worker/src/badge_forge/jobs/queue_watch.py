"""Keep this worker's queue running, listening, and visible in `oban_producers`.

`NOTIFY` does not reach every producer: a connection pooler can drop it, the notifier can have died, and
the stand-in for Oban for Elixir does not listen. So `badge-forge pause` also writes the request into the
`meta` of each producer's row in `oban_producers`. Each producer reads the request there and reports
whether it is paused. `BadgeForge.QueueWatch` does the same in Elixir.

A pause is also remembered in `badge_forge_queues`, for applications that start later
(`remembered_pauses.py`), and for a producer that began to report while a pause was requested.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from oban import Oban
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from badge_forge.jobs.notifier import ResilientNotifier
from badge_forge.jobs.statements import statement
from badge_forge.settings import COMMAND

logger = logging.getLogger(__name__)

REPORT_PRODUCER = statement(__package__, "report_producer")

INTERVAL_S = 1.0


class _Reported(NamedTuple):
    """What a report returned: an action that was requested, and since when a pause is remembered."""

    requested: str | None
    paused_at: datetime | None


class QueueWatch:
    """Watches `queue` of a started `oban`. `limit` is the number of jobs that the queue runs at once.

    `more` returns what else to report, a JSON object. Any role that reads `oban_producers` can read it.
    The modification time of `health_file` is that of the last look that succeeded.
    """

    def __init__(
        self,
        oban: Oban,
        queue: str,
        limit: int,
        pool: AsyncConnectionPool[AsyncConnection],
        more: Callable[[], dict[str, Any]] = dict,
        health_file: Path | None = None,
    ) -> None:
        self._oban = oban
        self._queue = queue
        self._limit = limit
        self._pool = pool
        self._more = more
        self._health_file = health_file
        self._failing = False
        self._remembered: datetime | None = None

    async def run(self) -> None:
        """Look every `INTERVAL_S` until cancelled. Log an outage of the database once."""
        while True:
            try:
                await self.look()
                if self._health_file:
                    self._health_file.touch()
                self._failing = False
            except Exception as error:  # the watch must not end
                if not self._failing:
                    logger.warning("Cannot report the queue %s: %s", self._queue, type(error).__name__)
                self._failing = True
            await asyncio.sleep(INTERVAL_S)

    async def look(self) -> None:
        """Report the queue, act on a request, and restart what is gone.

        Raises `psycopg.Error`, `OSError`.
        """
        if self._oban.check_queue(self._queue) is None:
            await self._restart()
        action = self._action(await self._report())
        if action:
            await self._act(action)
            await self._report()
        # Last, because the table serves those that the notifier does not reach.
        if isinstance(self._oban._notifier, ResilientNotifier):
            await self._oban._notifier.ensure_listening()

    async def _restart(self) -> None:
        """Restart the queue as paused, so that no new jobs start until an operator resumes it."""
        logger.warning(
            "The queue %s is gone: it is started again as paused, run `%s resume %s` to continue",
            self._queue,
            COMMAND,
            self._queue,
        )
        try:
            await self._oban.start_queue(queue=self._queue, limit=self._limit, paused=True)
        except Exception:
            # Oban keeps a producer that failed to start, and it would look like a running queue.
            self._oban._producers.pop(self._queue, None)
            raise

    def _action(self, reported: _Reported | None) -> str | None:
        """Return what to do: what was requested, or else what the remembered pause changed to.

        A signal that came later wins over a pause that was carried out.
        """
        if reported is None:
            return None
        changed = reported.paused_at != self._remembered
        self._remembered = reported.paused_at
        if reported.requested in ("pause", "resume"):
            return reported.requested
        return ("pause" if reported.paused_at else "resume") if changed else None

    async def _report(self) -> _Reported | None:
        """Write the producer's row and return what was requested there."""
        async with self._pool.connection() as connection:
            # Now, since the wait for a connection may have been long.
            producer = self._oban.check_queue(self._queue)
            if producer is None:
                return None
            meta = {"local_limit": producer.limit, "paused": producer.paused}
            parameters = {
                "uuid": producer.uuid,
                "name": self._oban._name,
                "node": producer.node,
                "queue": producer.queue,
                "meta": Jsonb(self._more() | meta),
            }
            cursor = await connection.execute(REPORT_PRODUCER, parameters)
            row = await cursor.fetchone()
        return _Reported(*row) if row else None

    async def _act(self, requested: str) -> None:
        act = self._oban.pause_queue if requested == "pause" else self._oban.resume_queue
        await act(self._queue, node=self._oban._node)
