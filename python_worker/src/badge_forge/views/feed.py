"""Follow the table: take a view again whenever Oban notifies, and at least every second."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

import psycopg
from psycopg import AsyncConnection, sql

from badge_forge.database.url import connected_async, kept_alive, redact

logger = logging.getLogger(__name__)

INTERVAL_S = 1.0
"""Longest time between two views. Notifications do not arrive through every connection pooler."""

LEAST_S = 0.25
"""Shortest time between two views, however many jobs are inserted."""

SLOWEST_S = 3.0
"""Longest time between two views of a process that keeps to its share of the CPU."""

RECONNECT_S = 1.0

ANSWER_TIMEOUT_S = 15.0
"""Seconds after which a database that is connected, but silent, counts as lost: it hangs."""


@dataclass(frozen=True)
class Outage:
    """The database does not answer. `message` is one line without a password."""

    message: str


async def follow[T](
    database_url: str,
    take: Callable[[AsyncConnection], Awaitable[T]],
    interval_s: float = INTERVAL_S,
    least_s: float = LEAST_S,
    channel: str = "public.oban_insert",
    answer_timeout_s: float = ANSWER_TIMEOUT_S,
    share: float | None = None,
) -> AsyncGenerator[T | Outage, None]:
    """Yield what `take` returns, on one connection, until the iterator is closed.

    Takes a view when Oban notifies `channel` of an insert, at most every `least_s` seconds, and at least
    every `interval_s`. Yields an `Outage` while the database cannot be reached, or does not answer for
    `answer_timeout_s`, and reconnects. With `share`, this process takes about that part of a core, or
    takes a view every `SLOWEST_S`.
    """
    while True:
        try:
            async with (
                connected_async(
                    kept_alive(database_url), application_name="badge-forge view"
                ) as connection,
                aclosing(
                    _taken(connection, take, interval_s, least_s, channel, answer_timeout_s, share)
                ) as views,
            ):
                async for view in views:
                    yield view
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            logger.debug("view lost the database", exc_info=error)
            yield Outage(f"{redact(database_url)} does not answer: trying again every second")
            await asyncio.sleep(RECONNECT_S)


async def _taken[T](
    connection: AsyncConnection,
    take: Callable[[AsyncConnection], Awaitable[T]],
    interval_s: float,
    least_s: float,
    channel: str,
    answer_timeout_s: float,
    share: float | None,
) -> AsyncGenerator[T, None]:
    async with asyncio.timeout(answer_timeout_s):
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
    used_s = time.process_time()
    while True:
        started_at = time.monotonic()
        async with asyncio.timeout(answer_timeout_s):
            view = await take(connection)
        yield view
        await asyncio.sleep(max(0.0, started_at + least_s - time.monotonic()))
        if share:
            # After the first sleep, what the view caused is drawn, too.
            used_s, before_s = time.process_time(), used_s
            wait_s = min((used_s - before_s) / share, SLOWEST_S)
            await asyncio.sleep(max(0.0, started_at + wait_s - time.monotonic()))
        left_s = max(0.0, started_at + interval_s - time.monotonic())
        async for _notification in connection.notifies(timeout=left_s, stop_after=1):
            pass
