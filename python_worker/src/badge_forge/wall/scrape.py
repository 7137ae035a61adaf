"""Answer Prometheus. The table is read for each scrape, on a connection of the pool for requests."""

import logging

import psycopg
import psycopg_pool
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from badge_forge.views.feed import Outage
from badge_forge.views.snapshot import Snapshot
from badge_forge.views.table import Table
from badge_forge.wall.metrics import CONTENT_TYPE, render

logger = logging.getLogger(__name__)


def route(pool: AsyncConnectionPool[AsyncConnection]) -> Route:
    """Return the route of `/metrics`. It answers with status 200 during an outage, too."""

    async def answer(_request: Request) -> Response:
        return Response(render(await _measured(pool)), headers={"Content-Type": CONTENT_TYPE})

    return Route("/metrics", answer)


async def _measured(pool: AsyncConnectionPool[AsyncConnection]) -> Snapshot | Outage:
    try:
        async with pool.connection() as connection:
            table = await Table.inspect(connection)
            if table is None:
                return Outage("the database has no tables yet")
            return await Snapshot.take(connection, table, latest=0, measured=True)
    except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
        logger.debug("scrape failed", exc_info=error)
        return Outage("the database does not answer")
