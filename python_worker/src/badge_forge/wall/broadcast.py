"""Give each client what is new. A slow one gets the newest state instead of a backlog."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

MOST_CLIENTS = 200
"""More clients than this are refused."""

MOST_BADGES = 200
"""Most badges in one event. The page reads the list again if there were more."""


@dataclass
class Event:
    """An event for the page. `data` is its JSON, written once for all clients."""

    name: str
    data: str


@dataclass(eq=False)
class Client:
    """What one client has not got yet: at most one event of each name."""

    _pending: dict[str, Event] = field(default_factory=dict)
    _missed: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def put(self, event: Event) -> None:
        """Replace a pending event of the same name. Of replaced badges, the number is kept."""
        if event.name == "badges" and (pending := self._pending.get("badges")):
            self._missed += _number(json.loads(pending.data))
        # A state ends an outage and the reverse: only the later one counts.
        for other in {"state": ("outage",), "outage": ("state",)}.get(event.name, ()):
            self._pending.pop(other, None)
        self._pending[event.name] = event
        self._news.set()

    def close(self) -> None:
        """End the client's stream."""
        self.closed = True
        self._news.set()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield events until the client is closed."""
        while True:
            await self._news.wait()
            if self.closed:
                return
            self._news.clear()
            pending, self._pending = self._pending, {}
            missed, self._missed = self._missed, 0
            for event in pending.values():
                if missed and event.name == "badges":
                    content = json.loads(event.data)
                    content["more"] += missed
                    event = Event("badges", to_json(content))
                yield event


class Broadcaster:
    """All clients, and the newest state, which a new client gets at once."""

    def __init__(self) -> None:
        self._clients: set[Client] = set()
        self._newest: Event | None = None

    def __len__(self) -> int:
        return len(self._clients)

    @property
    def full(self) -> bool:
        """Whether there are `MOST_CLIENTS`."""
        return len(self._clients) >= MOST_CLIENTS

    @property
    def problem(self) -> str | None:
        """Why there is no current state, None if the database answers."""
        if self._newest is None:
            return "the database was not reached yet"
        message: str | None = json.loads(self._newest.data).get("message")
        return message if self._newest.name == "outage" else None

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Add a client while the block runs."""
        client = Client()
        if self._newest:
            client.put(self._newest)
        self._clients.add(client)
        try:
            yield client
        finally:
            self._clients.discard(client)

    def state(self, content: dict[str, Any], *, again: bool = False) -> None:
        """Send the state, if it differs from the last one, or `again` to show that the wall is alive."""
        self._send_if_new(Event("state", to_json(content)), again)

    def outage(self, message: str, *, again: bool = False) -> None:
        """Send an outage, as `state` does."""
        self._send_if_new(Event("outage", to_json({"message": message})), again)

    def badges(self, badges: list[dict[str, Any]], more: int = 0) -> None:
        """Send changed badges, the newest last: at most `MOST_BADGES` of them, and how many others."""
        if badges or more:
            newest = badges[-MOST_BADGES:]
            content = {"badges": newest, "more": more + len(badges) - len(newest)}
            self._send(Event("badges", to_json(content)))

    def close(self) -> None:
        """End all streams."""
        for client in self._clients:
            client.close()

    def _send_if_new(self, event: Event, again: bool) -> None:
        if again or event != self._newest:
            self._newest = event
            self._send(event)

    def _send(self, event: Event) -> None:
        for client in self._clients:
            client.put(event)


def to_json(content: Any) -> str:
    """Write `content` as JSON in one line, as short as possible."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _number(content: dict[str, Any]) -> int:
    return len(content["badges"]) + int(content["more"])
