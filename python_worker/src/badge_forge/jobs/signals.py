"""Stop a job that runs, or a queue, whichever language works on it."""

from collections.abc import Sequence

import psycopg
from oban import Oban
from psycopg_pool import AsyncConnectionPool

from badge_forge.jobs.statements import CANCEL_JOBS


def cancel(connection: psycopg.Connection, ids: Sequence[int]) -> list[int]:
    """Cancel jobs of any queue, those that are executed too, and return the ids of those that were."""
    return sorted(row[0] for row in connection.execute(CANCEL_JOBS, {"ids": list(ids)}))


async def pause(database_url: str, queues: Sequence[str]) -> None:
    """Let `queues` fetch no more jobs, wherever they run; what runs is finished."""
    async with AsyncConnectionPool(database_url, min_size=1, open=False) as pool:
        for queue in queues:
            await Oban(pool=pool).pause_queue(queue)


async def resume(database_url: str, queues: Sequence[str]) -> None:
    """Let `queues` that were paused fetch jobs again."""
    async with AsyncConnectionPool(database_url, min_size=1, open=False) as pool:
        for queue in queues:
            await Oban(pool=pool).resume_queue(queue)
