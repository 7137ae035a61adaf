"""Render the pictures of badges, one at a time, at low priority, without blocking the server."""

import asyncio
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from badge_forge.errors import InputError
from badge_forge.priority import lower_priority_of_thread
from badge_forge.storage import Storage
from badge_forge.views.badges import Badge
from badge_forge.views.pictures import Pictures

WIDTHS = (120, 240, 480, 960)
"""Widths in pixels that a client may ask for."""

MOST_WAITING = 64
"""Most pictures that wait for the renderer. Clients are asked to come back for others."""

NICENESS = 15
"""Lower priority than the rest of the wall: badges are made first."""

REMEMBERED = 20_000
"""Badges whose file's name is remembered."""

FRESH_S = 2.0
"""How long a picture is sent again without a look at the file. All walls ask for it at the same time."""

MOST_FRESH = 200
"""Most pictures that are kept in memory for that: 2 MB at the size of a card."""


class BusyError(Exception):
    """`MOST_WAITING` pictures wait already."""


@dataclass(frozen=True)
class Picture:
    """A picture as WebP, read at `taken_at` (`time.monotonic`)."""

    content: bytes
    taken_at: float

    @cached_property
    def etag(self) -> str:
        """The entity tag of the content, as in the header `ETag`."""
        return f'"{sha256(self.content).hexdigest()[:32]}"'


class FileNames:
    """The names of PDFs by badge id. They are made of the person's name, so they stay on the server."""

    def __init__(self, badges_dir: Path) -> None:
        self._storage = Storage(badges_dir)
        self._names: OrderedDict[str, str] = OrderedDict()

    def remember(self, badge: Badge) -> None:
        """Remember the name of the badge's file, unless its args are not those of a badge."""
        with suppress(InputError):
            self._names[badge.id] = self._storage.find_of(badge.id, badge.name).name
            self._names.move_to_end(badge.id)
            if len(self._names) > REMEMBERED:
                self._names.popitem(last=False)

    def get(self, badge_id: str) -> str | None:
        """Return the name of the badge's file, None if the badge is not remembered."""
        return self._names.get(badge_id)


class PictureRenderer:
    """One thread renders all pictures: pdfium is not safe for more."""

    def __init__(self, pictures: Pictures, blurred: bool) -> None:
        self._pictures = pictures
        self._blurred = blurred
        self._thread = ThreadPoolExecutor(
            1, "pictures", initializer=lower_priority_of_thread, initargs=(NICENESS,)
        )
        self._waiting: dict[tuple[str, int], asyncio.Future[bytes]] = {}
        self._fresh: OrderedDict[tuple[str, int, str | None], Picture] = OrderedDict()

    async def webp(self, file_name: str, width_px: int, version: str | None = None) -> Picture:
        """Return the picture of the PDF `file_name`. Those who ask for the same one share the work.

        With a `version`, which changes with the PDF, the picture can be `FRESH_S` old. Raises
        `BusyError`, and what `Pictures.webp` raises.
        """
        key = (file_name, width_px, version)
        now = time.monotonic()
        fresh = self._fresh.get(key) if version else None
        if fresh is None or now - fresh.taken_at > FRESH_S:
            fresh = Picture(await self._read(file_name, width_px), now)
            self._fresh[key] = fresh
            self._fresh.move_to_end(key)
            if len(self._fresh) > MOST_FRESH:
                self._fresh.popitem(last=False)
        return fresh

    async def _read(self, file_name: str, width_px: int) -> bytes:
        cached = await asyncio.to_thread(self._pictures.cached, file_name, width_px, self._blurred)
        if cached is not None:
            return cached
        key = (file_name, width_px)
        waiting = self._waiting.get(key)
        if waiting is None:
            if len(self._waiting) >= MOST_WAITING:
                raise BusyError
            waiting = asyncio.get_running_loop().run_in_executor(
                self._thread, self._pictures.webp, file_name, width_px, self._blurred
            )
            self._waiting[key] = waiting
            waiting.add_done_callback(lambda _done: self._waiting.pop(key))
        # A client that leaves must not cancel the picture of the others.
        return await asyncio.shield(waiting)

    def close(self) -> None:
        """Stop after the current picture."""
        self._thread.shutdown(wait=False, cancel_futures=True)
