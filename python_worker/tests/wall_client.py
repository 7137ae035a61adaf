"""A running wall, and a client that sees what a browser would be sent."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from badge_forge.wall import app
from helpers import HANG_S


@dataclass(frozen=True)
class Answer:
    """What the wall answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class WallClient:
    """Talks to the wall at `port`. `seen` is everything that it has answered."""

    port: int
    token: str | None = None
    seen: list[bytes] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers)

    def post(self, path: str, body: str = "{}", **headers: str) -> Answer:
        return self.request("POST", path, {"Content-Type": "application/json"} | headers, body)

    def request(
        self, method: str, path: str, headers: dict[str, str], body: str | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG_S)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        given = {name.lower(): value for name, value in response.getheaders()}
        self.seen += [content, repr(given).encode()]
        return Answer(response.status, given, content)

    def badges(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/api/badges{query}").json()["badges"]
        return found

    def names(self, query: str = "") -> list[str]:
        return [badge["name"] for badge in self.badges(query)]

    @contextmanager
    def events(self) -> Iterator[Iterator[tuple[str, Any]]]:
        """Yield the events of a new connection: their names and contents."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG_S)
        try:
            connection.request("GET", "/events")
            yield self._events(connection.getresponse())
        finally:
            connection.close()

    def _events(self, response: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
        assert response.status == 200
        name = ""
        deadline = time.monotonic() + HANG_S
        for line in response:
            assert time.monotonic() < deadline, "the event that the test waits for does not come"
            self.seen.append(line)
            key, _colon, value = line.decode().strip().partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                yield name, json.loads(value)


@contextmanager
def wall_running(
    database_url: str, badges_dir: Path, cache: Path, **options: Any
) -> Iterator[WallClient]:
    """Run a wall in a thread while the block runs, on a free port."""
    listening = app.listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    wall = app.create(app.Options(database_url, badges_dir, cache, port=port, **options))
    server = app.server(wall)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield WallClient(port, wall.actions.token if wall.actions else None)
    finally:
        server.should_exit = True
        thread.join(HANG_S)
        listening.close()
        assert not thread.is_alive(), "the wall does not stop"


def state_where(events: Iterator[tuple[str, Any]], condition: Any) -> dict[str, Any]:
    """Return the first `state` for which `condition` holds."""
    return next(content for name, content in events if name == "state" and condition(content))
