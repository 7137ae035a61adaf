"""Which queues are paused, for an application that starts: it begins with them paused."""

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

READ = "SELECT queue FROM badge_forge_queues WHERE paused_at IS NOT NULL"


async def paused_queues(pool: AsyncConnectionPool[AsyncConnection]) -> set[str]:
    """Return the names of the queues that `badge-forge pause` paused. Raises `psycopg.Error`."""
    async with pool.connection() as connection:
        cursor = await connection.execute(READ)
        return {queue for (queue,) in await cursor.fetchall()}
