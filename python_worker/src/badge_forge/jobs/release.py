"""Make the unfinished jobs of a stopping worker available again, instead of leaving them to a rescue."""

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
def collect_orphans() -> Iterator[list[int]]:
    """Yield a list that receives the ids of the jobs that Oban abandons when it stops."""
    orphans: list[int] = []

    def note(name: str, event: dict[str, Any]) -> None:
        orphans.extend(event["orphaned"])

    telemetry.attach(HANDLER, ["oban.queue.shutdown"], note)
    try:
        yield orphans
    finally:
        telemetry.detach(HANDLER)


async def release(ids: list[int], node: str, pool: AsyncConnectionPool[AsyncConnection]) -> None:
    """Make those jobs of `ids` available again that `node`, an Oban of this name, is still executing."""
    async with pool.connection() as connection:
        cursor = await connection.execute(RELEASE_JOBS, {"ids": ids, "node": node})
        for (job_id,) in await cursor.fetchall():
            logger.warning("Job %s did not finish before the shutdown: it is available again", job_id)
