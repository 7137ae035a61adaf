"""Put the wall together, and serve it until a signal ends it."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from badge_forge.errors import WorldError
from badge_forge.views.pictures import Pictures
from badge_forge.wall import page, scrape
from badge_forge.wall.actions import Actions
from badge_forge.wall.answers import refused
from badge_forge.wall.broadcast import Broadcaster
from badge_forge.wall.names import Mode, Names
from badge_forge.wall.pictures import FileNames, PictureRenderer
from badge_forge.wall.poller import Poller
from badge_forge.wall.routes import Routes
from badge_forge.wall.security import Guard, Hosts

logger = logging.getLogger(__name__)

SHUTDOWN_S = 1
"""Seconds that open requests get when the wall stops."""

REQUEST_CONNECTIONS = 2
"""Most database connections for lists and histories."""

TIMEOUT_S = 5


@dataclass(frozen=True)
class Options:
    """How to serve a wall. `reading_url` is that of a role that can only read.

    Actions are allowed if there is a `writing_url`.
    """

    reading_url: str
    badges_dir: Path
    cache: Path
    host: str = "127.0.0.1"
    port: int = 4001
    names: Mode = "full"
    writing_url: str | None = None


@dataclass(frozen=True)
class Wall:
    """A wall: its ASGI application, and what runs beside it."""

    app: Starlette
    poller: Poller
    broadcaster: Broadcaster
    actions: Actions | None


def create(options: Options) -> Wall:
    """Put a wall together. Nothing runs before the application starts."""
    names = Names(options.names)
    broadcaster = Broadcaster()
    files = FileNames(options.badges_dir)
    actions = Actions.allowed(options.writing_url, options.badges_dir) if options.writing_url else None
    poller = Poller(options.reading_url, broadcaster, names, files, actions is not None)
    pictures = PictureRenderer(Pictures(options.badges_dir, options.cache), blurred=not names.full)
    pool = AsyncConnectionPool(
        options.reading_url,
        kwargs={
            "autocommit": True,
            "connect_timeout": TIMEOUT_S,
            "application_name": "badge-forge wall",
        },
        connection_class=AsyncConnection,
        min_size=0,
        max_size=REQUEST_CONNECTIONS,
        timeout=TIMEOUT_S,
        reconnect_timeout=TIMEOUT_S,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
    routes = Routes(options.badges_dir, names, broadcaster, files, pictures, pool, actions)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await pool.open(wait=False)
        looking = asyncio.create_task(poller.run())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.wait([looking])
            pictures.close()
            await pool.close()

    app = Starlette(
        routes=[*page.routes(), *routes.all(), scrape.route(pool)],
        middleware=[Middleware(Guard, hosts=Hosts(options.host, options.port))],
        exception_handlers={HTTPException: refused, Exception: _failed},
        lifespan=lifespan,
    )
    return Wall(app, poller, broadcaster, actions)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`. Raises `WorldError` if that is not possible."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        what = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise WorldError(
            f"cannot listen on {host}:{port}: {what}; choose another port with --port"
        ) from error


def server(wall: Wall) -> uvicorn.Server:
    """Return a server, whose `serve([socket])` runs until SIGINT or SIGTERM, and ends open streams."""
    config = uvicorn.Config(
        wall.app,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=SHUTDOWN_S,
        lifespan="on",
    )
    return _Server(config, wall.broadcaster.close)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)


async def _failed(request: Request, error: Exception) -> Response:
    # Only the type: the text can contain a name.
    logger.error("%s failed: %s", request.scope["route"].path, type(error).__name__)
    return JSONResponse({"error": "the wall failed: see its log"}, 500)
