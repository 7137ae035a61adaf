"""Read the table for all clients: one connection, bounded statements, whatever the number of clients."""

import asyncio
import logging
import time
from contextlib import aclosing
from dataclasses import dataclass, field

import psycopg
from psycopg import AsyncConnection

from badge_forge.settings import COMMAND
from badge_forge.views.feed import Outage, follow
from badge_forge.views.progress import Batches, Throughput, batches
from badge_forge.views.snapshot import Snapshot
from badge_forge.views.table import Table
from badge_forge.wall.broadcast import Broadcaster
from badge_forge.wall.live import Changes, Live
from badge_forge.wall.names import Names
from badge_forge.wall.pace import Pace
from badge_forge.wall.pictures import FileNames
from badge_forge.wall.state import state

logger = logging.getLogger(__name__)

LEAST_S = 0.5
"""Shortest time between two looks at the badges."""

STATE_S = 1.0
"""Shortest time between two states. They take more work than a look at the badges."""

BATCHES_S = 5.0
"""Shortest time between two counts of the batches, which read more rows than anything else."""

ALIVE_S = 10.0
"""Longest time between two events, so that a page notices a server that is gone."""

RETRY_S = 1.0

NO_TABLE = f"The database has no tables yet. Create them with `{COMMAND} db migrate`."


@dataclass
class Poller:
    """Looks at the table and tells `broadcaster` what changed."""

    database_url: str
    broadcaster: Broadcaster
    names: Names
    files: FileNames
    actions: bool = False
    _live: Live = field(default_factory=Live)
    _pace: Pace = field(default_factory=Pace)
    _throughput: Throughput = field(default_factory=Throughput)
    _batches: Batches = field(
        default_factory=lambda: Batches(batches=[], designs=[], types=[], complete=True)
    )
    _counted: object = None
    _table: Table | None = None
    _connection: AsyncConnection | None = None
    _state_at: float = -ALIVE_S
    _sent_at: float = -ALIVE_S
    _batches_at: float = -BATCHES_S

    async def run(self) -> None:
        """Look until cancelled. Errors of the database are shown on the page, and it tries again."""
        while True:
            try:
                async with aclosing(follow(self.database_url, self._look, least_s=LEAST_S)) as looks:
                    async for look in looks:
                        if isinstance(look, Outage):
                            self._lost(f"The database {look.message}.")
            except psycopg.Error as error:
                logger.debug("look failed", exc_info=error)
                what = error.diag.message_primary or type(error).__name__
                self._lost(f"The database refused to answer: {what}. Trying again every second.")
            except Exception as error:  # a row that was not foreseen must not end the wall
                logger.error("look failed: %s", type(error).__name__)
                self._lost(f"The wall cannot read the table ({type(error).__name__}): see its log.")
            await asyncio.sleep(RETRY_S)

    async def _look(self, connection: AsyncConnection) -> None:
        if connection is not self._connection or self._table is None:
            self._table = await Table.inspect(connection)
            self._connection, self._state_at = connection, -ALIVE_S
        if self._table is None:
            self._lost(NO_TABLE)
            return
        changes = await self._live.look(connection)
        now = time.monotonic()
        if now - self._state_at >= STATE_S:
            self._state_at = now
            await self._look_at_all(connection, self._table, now)
        self._send(changes)

    async def _look_at_all(self, connection: AsyncConnection, table: Table, now: float) -> None:
        snapshot = await Snapshot.take(connection, table, latest=0)
        if table.has_completed_at_index:
            await self._throughput.look(connection)
        if snapshot.counts != self._counted and now - self._batches_at >= BATCHES_S:
            self._counted, self._batches_at = snapshot.counts, now
            self._batches = await batches(connection)
        content = state(snapshot, table, self._throughput, self._batches, self.names)
        self.broadcaster.state(content | {"actions": self.actions}, again=self._silent(now))

    def _lost(self, message: str) -> None:
        self.broadcaster.outage(message, again=self._silent(time.monotonic()))

    def _silent(self, now: float) -> bool:
        """Tell whether clients got nothing for `ALIVE_S`. Then the caller must send something."""
        silent = now - self._sent_at >= ALIVE_S
        if silent:
            self._sent_at = now
        return silent

    def _send(self, changes: Changes) -> None:
        for badge in changes.badges:
            self.files.remember(badge)
        shown = [self.names.badge(badge) for badge in changes.badges]
        self.broadcaster.badges(*self._pace.take(shown, changes.more, len(self.broadcaster)))
