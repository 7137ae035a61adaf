"""Open walls: clients that ask for what the page asks for, without drawing it.

`python -m benchmarks.open_walls HOST PORT COUNT` writes "open" when all clients follow the wall. On
SIGTERM, it writes what they got as JSON: `{"events": 1200, "pictures": 48000}`.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter, deque
from contextlib import suppress

VISIBLE = 24
"""Badges in sight, about as many as on a screen of 1920 by 1080. The page asks for no other pictures."""

STAYED_S, CHANGED_S, BUSY, AT_ONCE = 0.2, 2.5, 12, 4
"""As in the page's `list.js` and `pictures.js`. With more than `BUSY` new badges, what is in sight only
changes every `CHANGED_S`. The picture of a badge is loaded after `STAYED_S`, `AT_ONCE` at a time."""

WIDTH_PX = 240
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

FINISHED = {"rendered", "printing", "printed"}

POLL_S = 0.1

NICENESS = 19
"""The lowest priority, since the browsers of a conference run on other machines."""


class OpenWall:
    """One client: a stream of events and, on a second connection, pictures of badges in sight."""

    def __init__(self, host: str, port: int, got: Counter[str]) -> None:
        self._address = host, port
        self._head = f"HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
        self._got = got
        self._new: deque[str] = deque(maxlen=VISIBLE)
        self._known: set[str] = set()
        self._news = asyncio.Event()

    async def run(self, opened: asyncio.Barrier) -> None:
        """Load the page, wait for the others at `opened`, and follow the wall until cancelled."""
        await self._load()
        newest = json.loads(await self._get(f"/api/badges?limit={VISIBLE}"))
        self._see(newest["badges"])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(opened))
            tasks.create_task(self._draw())

    async def _load(self) -> None:
        while True:
            try:
                await self._get("/")
            except ConnectionRefusedError:  # the wall starts
                await asyncio.sleep(POLL_S)
            else:
                return

    async def _listen(self, opened: asyncio.Barrier) -> None:
        reader, writer = await self._connect()
        writer.write(f"GET /events {self._head}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.splitlines()[0]:
            raise RuntimeError(f"the wall refused to send events: {head.decode()}")
        await opened.wait()
        name = ""
        async for line in reader:
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                self._got["events"] += 1
                if name == "badges":
                    self._see(json.loads(line[6:])["badges"])

    def _see(self, badges: list[dict[str, str]]) -> None:
        for badge in badges:
            if badge["state"] in FINISHED and badge["id"] not in self._known:
                self._known.add(badge["id"])
                self._new.append(badge["id"])
        self._news.set()

    async def _draw(self) -> None:
        changed_at = -CHANGED_S
        while True:
            await self._news.wait()
            self._news.clear()
            if len(self._new) > BUSY:
                await asyncio.sleep(changed_at + CHANGED_S - time.monotonic())
            changed_at = time.monotonic()
            in_sight = list(self._new)
            self._new.clear()
            await asyncio.sleep(STAYED_S)
            await asyncio.gather(
                *(self._load_pictures(in_sight[start::AT_ONCE]) for start in range(AT_ONCE))
            )

    async def _load_pictures(self, badge_ids: list[str]) -> None:
        connection = await self._connect()  # the server closes one that is idle
        for badge_id in badge_ids:
            path = f"/badges/{badge_id}/picture?width={WIDTH_PX}&v=1"
            status, _body = await self._request(connection, path)
            self._got["pictures" if status == b"200" else "pictures refused"] += 1
        connection[1].close()

    async def _get(self, path: str) -> bytes:
        connection = await self._connect()
        status, body = await self._request(connection, path)
        connection[1].close()
        if status != b"200":
            raise RuntimeError(f"the wall refused {path}: {body.decode()}")
        return body

    async def _request(self, connection: Connection, path: str) -> tuple[bytes, bytes]:
        reader, writer = connection
        writer.write(f"GET {path} {self._head}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        return head.split(b" ", 2)[1], await reader.readexactly(int(fields[b"content-length"]))

    async def _connect(self) -> Connection:
        return await asyncio.open_connection(*self._address, limit=2**24)


async def main(host: str, port: int, count: int) -> None:
    """Keep `count` walls open until SIGTERM."""
    os.nice(NICENESS)
    got: Counter[str] = Counter()
    opened = asyncio.Barrier(count + 1)
    walls = (OpenWall(host, port, got).run(opened) for _ in range(count))
    everything = asyncio.gather(_announce(opened), *walls)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, everything.cancel)
    with suppress(asyncio.CancelledError):
        await everything
    print(json.dumps(got), flush=True)


async def _announce(opened: asyncio.Barrier) -> None:
    await opened.wait()
    print("open", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
