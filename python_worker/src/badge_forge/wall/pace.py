"""When changed badges are sent. While many change, all walls show the same ones for a while."""

import time
from dataclasses import dataclass, field
from typing import Any

BUSY = 12
"""Badges that are sent at once. The page shows this many new ones without a pause, too."""

BUSY_S = 2.5
"""Shortest time between two events with more badges. The page shows them for as long."""

WALL_S = 0.1
"""The same for each open wall: 50 walls get new badges, and ask for their pictures, every 5 seconds."""


@dataclass
class Pace:
    """Holds back badges that changed until it is time to send them, the oldest change first."""

    _waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    _more: int = 0
    _sent_at: float = -BUSY_S

    def take(
        self, badges: list[dict[str, Any]], more: int, walls: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Return the badges to send now to `walls`, none if they wait, and how many others changed."""
        for badge in badges:
            self._waiting.pop(badge["id"], None)
            self._waiting[badge["id"]] = badge
        self._more += more
        now = time.monotonic()
        busy = len(self._waiting) + self._more > BUSY
        if busy and now - self._sent_at < max(BUSY_S, WALL_S * walls):
            return [], 0
        waiting, self._waiting = list(self._waiting.values()), {}
        more, self._more = self._more, 0
        if waiting or more:
            self._sent_at = now
        return waiting, more
