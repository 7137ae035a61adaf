"""What the wall answers: events, lists, histories, pictures, PDFs and actions."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import psycopg_pool
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from badge_forge.errors import DatabaseError
from badge_forge.files import read_regular
from badge_forge.views.badges import SCANNED, Badge, find_badges, list_badges
from badge_forge.views.history import history
from badge_forge.wall.actions import Actions, NothingToDoError
from badge_forge.wall.answers import badge_id, no_database, unknown
from badge_forge.wall.broadcast import Broadcaster
from badge_forge.wall.names import Names
from badge_forge.wall.pictures import BusyError, FileNames, PictureRenderer
from badge_forge.wall.queries import ListQuery, NoQuery, PictureQuery, reason_in

logger = logging.getLogger(__name__)

ACTIONS = ("retry", "cancel", "print-again", "printed")

PING_S = 15
SEND_TIMEOUT_S = 30
"""Seconds after which a client that takes nothing is disconnected."""

FOREVER = "private, max-age=31536000, immutable"
REVALIDATE = "private, no-cache"


@dataclass(frozen=True)
class Routes:
    """The routes of a wall and what they need. `pool` has connections that can only read."""

    badges_dir: Path
    names: Names
    broadcaster: Broadcaster
    files: FileNames
    pictures: PictureRenderer
    pool: AsyncConnectionPool[AsyncConnection]
    actions: Actions | None

    def all(self) -> list[Route]:
        """Return the routes."""
        badge = "/badges/{badge_id}"
        return [
            Route("/events", self.events),
            Route("/healthz", self.health),
            Route("/api/badges", self.badges),
            Route("/api" + badge, self.badge),
            Route("/api" + badge + "/{action}", self.act, methods=["POST"]),
            Route(badge + "/picture", self.picture),
            Route(badge + "/pdf", self.pdf),
        ]

    async def events(self, request: Request) -> Response:
        """Send events until the client leaves."""
        NoQuery.of(request.query_params)
        if self.broadcaster.full:
            raise HTTPException(503, "too many walls are open: close some")
        return EventSourceResponse(
            self._events(),
            ping=PING_S,
            send_timeout=SEND_TIMEOUT_S,
            headers={"Cache-Control": "no-store"},
        )

    async def _events(self) -> AsyncIterator[ServerSentEvent]:
        with self.broadcaster.client() as client:
            async for event in client.events():
                yield ServerSentEvent(event.data, event=event.name)

    async def health(self, _request: Request) -> Response:
        """Tell whether the database answers."""
        if problem := self.broadcaster.problem:
            return JSONResponse({"status": "unavailable", "error": problem}, 503)
        return JSONResponse({"status": "ok"})

    async def badges(self, request: Request) -> Response:
        """List badges: the newest finished ones, or those in a state."""
        query = ListQuery.of(request.query_params)
        if query.name and self.names.mode == "none":
            raise HTTPException(403, "there is no search: the wall runs with --names none")
        async with self._connection() as connection:
            # Else `next` would tell whether a search found a hidden name.
            hides = bool(query.name) and not self.names.full
            limit = SCANNED if hides else query.limit
            page = await list_badges(connection, query.filter(), query.before, limit)
        for badge in page.badges:
            self.files.remember(badge)
        found = [badge for badge in page.badges if not query.name or self.names.finds(badge, query.name)]
        shown = [self.names.badge(badge) for badge in found]
        return JSONResponse({"badges": shown, "next": page.next and str(page.next)})

    async def badge(self, request: Request) -> Response:
        """Tell the history of a badge."""
        NoQuery.of(request.query_params)
        async with self._connection() as connection:
            found = await history(connection, badge_id(request), self.badges_dir)
        if found is None:
            raise unknown()
        return JSONResponse(self.names.history(found))

    async def picture(self, request: Request) -> Response:
        """Send the picture of a badge."""
        query = PictureQuery.of(request.query_params)
        file_name = await self._file_name(badge_id(request))
        try:
            picture = await self.pictures.webp(file_name, query.width, query.v)
        except BusyError:
            headers = {"Retry-After": "1"}
            raise HTTPException(503, "too many pictures are asked for: try again", headers) from None
        except (OSError, ValueError):
            raise HTTPException(404, "the badge has no PDF") from None
        headers = {
            "ETag": picture.etag,
            "Cache-Control": FOREVER if query.v else REVALIDATE,
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(picture.content, media_type="image/webp", headers=headers)

    async def pdf(self, request: Request) -> Response:
        """Send the PDF of a badge."""
        NoQuery.of(request.query_params)
        if not self.names.full:
            raise HTTPException(403, f"PDFs are not shown: the wall runs with --names {self.names.mode}")
        wanted = badge_id(request)
        file_name = await self._file_name(wanted)
        try:
            pdf = await asyncio.to_thread(read_regular, self.badges_dir / file_name)
        except OSError:
            raise HTTPException(404, "the badge has no PDF") from None
        headers = {
            "Content-Disposition": f'inline; filename="badge-{wanted[:8]}.pdf"',
            "Cache-Control": REVALIDATE,
        }
        return Response(pdf, media_type="application/pdf", headers=headers)

    async def act(self, request: Request) -> Response:
        """Retry, cancel or print a badge again."""
        if self.actions is None:
            raise HTTPException(403, "the wall only shows: start it with --allow-actions")
        if not self.actions.permits(request.headers.get("authorization")):
            raise HTTPException(401, "the token is missing or wrong: open the URL that the wall printed")
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise HTTPException(415, "the content type must be application/json")
        action = request.path_params["action"]
        if action not in ACTIONS:
            raise HTTPException(404, f"there is no such action: use one of {', '.join(ACTIONS)}")
        reason = await reason_in(request)
        async with self._connection() as connection:
            rows = await find_badges(connection, [badge_id(request)])
        if not rows:
            raise unknown()
        try:
            return JSONResponse({"done": await self.actions.run(action, rows[0], reason)})
        except NothingToDoError as error:
            raise HTTPException(409, str(error)) from None
        except (DatabaseError, psycopg.Error) as error:
            logger.warning("action failed: %s", type(error).__name__)
            raise no_database() from None

    async def _file_name(self, wanted: str) -> str:
        if self.files.get(wanted) is None:
            async with self._connection() as connection:
                for row in await find_badges(connection, [wanted]):
                    self.files.remember(Badge.from_row(row))
        file_name = self.files.get(wanted)
        if file_name is None:
            raise unknown()
        return file_name

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that can only read. Its errors are answered with status 503."""
        try:
            async with self.pool.connection() as connection:
                yield connection
        except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
            logger.debug("request failed", exc_info=error)
            raise no_database() from None
