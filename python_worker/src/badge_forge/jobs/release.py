"""Give back what a worker that stops could not finish, so that nothing has to wait for its rescue."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from oban import telemetry
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from badge_forge.jobs.statements import statement

logger = logging.getLogger(__name__)

RELEASE_JOBS = statement(__package__, "release_jobs")

HANDLER = "badge-forge-orphans"


@contextmanager
def orphans_noted() -> Iterator[list[int]]:
    """Yield a list that gets the ids of the jobs that Oban gives up when it stops."""
    orphans: list[int] = []

    def note(name: str, event: dict[str, Any]) -> None:
        orphans.extend(event["orphaned"])

    telemetry.attach(HANDLER, ["oban.queue.shutdown"], note)
    try:
        yield orphans
    finally:
        telemetry.detach(HANDLER)


async def release(ids: list[int], producer: str, pool: AsyncConnectionPool[AsyncConnection]) -> None:
    """Make the jobs `ids`, which the `producer` of that UUID was executing, available again."""
    async with pool.connection() as connection:
        cursor = await connection.execute(RELEASE_JOBS, {"ids": ids, "producer": producer})
        for (job_id,) in await cursor.fetchall():
            logger.warning("Job %s was not finished in time: it is available again", job_id)
