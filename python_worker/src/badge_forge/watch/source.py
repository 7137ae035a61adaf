"""Read the state of an `oban_jobs` table, once or again and again."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import psycopg
from psycopg import AsyncConnection
from pydantic import ValidationError

from badge_forge.database.url import CONNECT_TIMEOUT_S, connected_async, redact, unreachable
from badge_forge.errors import DatabaseError
from badge_forge.jobs.wire import BADGES
from badge_forge.settings import COMMAND
from badge_forge.views.feed import Outage, follow
from badge_forge.views.snapshot import Snapshot
from badge_forge.views.table import Table

LATEST = 50
"""How many of the latest jobs are shown."""

LATEST_WHILE_FILTERING = 500
"""How many of the latest jobs a filter looks at."""

LEAST_S = 0.5
"""Shortest time between two refreshes."""

SHARE = 0.01
"""Part of a core that a watch takes while much changes: badges are made first."""

PREPARE = """
SELECT set_config('default_transaction_read_only', 'on', false),
       set_config('statement_timeout', '10s', false),
       set_config('search_path', coalesce(quote_ident(%s::text), current_setting('search_path')), false)
"""


@dataclass(frozen=True)
class Seen:
    """What was read: the state of the queues, and what the table offers."""

    snapshot: Snapshot
    table: Table


@dataclass
class Source:
    """A table to read: Badge Forge's own, or `any_table`, in the schema `prefix` if it is given.

    `latest` is the number of completed jobs to read. It can be changed at any time.
    """

    database_url: str
    any_table: bool = False
    prefix: str | None = None
    latest: int = LATEST
    _connection: AsyncConnection | None = field(default=None, repr=False)
    _table: Table | None = None

    @property
    def name(self) -> str:
        """The database, and the schema if it was chosen, without a password."""
        return redact(self.database_url) + (f", schema {self.prefix}" if self.prefix else "")

    async def once(self) -> Seen:
        """Read the table once. Raises `DatabaseError`."""
        try:
            async with connected_async(
                self.database_url, connect_timeout=CONNECT_TIMEOUT_S
            ) as connection:
                return await self._take(connection)
        except psycopg.OperationalError as error:
            raise unreachable(self.database_url, error) from error
        except (psycopg.Error, ValidationError) as error:
            raise DatabaseError(self._unreadable(error)) from error

    def follow(self) -> AsyncGenerator[Seen | Outage, None]:
        """Yield what is in the table whenever it changes, and an `Outage` while it cannot be read."""
        channel = f"{self.prefix or 'public'}.oban_insert"
        return follow(
            self.database_url,
            self._take_or_say_why_not,
            least_s=LEAST_S,
            channel=channel,
            share=SHARE,
        )

    async def _take_or_say_why_not(self, connection: AsyncConnection) -> Seen | Outage:
        try:
            return await self._take(connection)
        except psycopg.OperationalError:
            raise  # the connection is lost
        except DatabaseError as error:
            return Outage(str(error))
        except (psycopg.Error, ValidationError) as error:
            return Outage(self._unreadable(error))

    async def _take(self, connection: AsyncConnection) -> Seen:
        if connection is not self._connection:
            await connection.execute(PREPARE, [self.prefix])
            self._connection, self._table = connection, None
        if self._table is None or not self._table.has_completed_at_index:
            self._table = await Table.inspect(connection)
        if self._table is None:
            raise DatabaseError(self._missing())
        queues = None if self.any_table else [BADGES]
        snapshot = await Snapshot.take(connection, self._table, self.latest, queues)
        return Seen(snapshot, self._table)

    def _missing(self) -> str:
        place = f"the schema {self.prefix}" if self.prefix else "its search path"
        advice = (
            "name the schema that has it with --prefix, or check DATABASE_URL"
            if self.any_table
            else f"run `{COMMAND} db migrate`"
        )
        return f"{redact(self.database_url)} has no table oban_jobs in {place}: {advice}"

    def _unreadable(self, error: psycopg.Error | ValidationError) -> str:
        match error:
            case psycopg.errors.InsufficientPrivilege():
                reason = f"{error.diag.message_primary}: use a role that may SELECT from it"
            case psycopg.Error():
                reason = error.diag.message_primary or type(error).__name__
            case _:
                reason = "a row has a value that cannot be read"
        return f"cannot read oban_jobs of {self.name}: {reason}"


def read_once(source: Source) -> Seen:
    """Return what is in the table of `source`. Raises `DatabaseError`."""
    return asyncio.run(source.once())
