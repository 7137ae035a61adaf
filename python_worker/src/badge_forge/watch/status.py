"""Whether the table is being read, and whether it answers."""

import asyncio
import time

from badge_forge.views.feed import Outage
from badge_forge.watch.words import age

STALE_AFTER_S = 5.0
"""Seconds without an answer after which the view says that the database hangs."""


class Status:
    """The user can pause reading; the database can be lost, or not answer."""

    def __init__(self) -> None:
        self._reading = asyncio.Event()
        self._reading.set()
        self._outage: Outage | None = None
        self._answered_at = time.monotonic()

    @property
    def paused(self) -> bool:
        """Whether the user paused reading."""
        return not self._reading.is_set()

    def toggle_pause(self) -> None:
        """Pause reading, or continue."""
        if self.paused:
            self._answered_at = time.monotonic()
            self._reading.set()
        else:
            self._reading.clear()

    async def end_of_pause(self) -> None:
        """Wait while reading is paused."""
        await self._reading.wait()

    def answered(self, outage: Outage | None = None) -> None:
        """Note that the database answered, or an `outage`."""
        self._answered_at = time.monotonic()
        self._outage = outage

    def alert(self) -> str:
        """Return what is wrong with the database, in one line. "" if it answers."""
        if self._outage:
            return self._outage.message
        silent_s = time.monotonic() - self._answered_at
        if silent_s > STALE_AFTER_S and not self.paused:
            return f"no answer for {age(silent_s)}: the database hangs, or the table is locked"
        return ""
