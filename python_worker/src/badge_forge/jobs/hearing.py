"""Notices if notifications do not arrive, as behind a connection pooler in transaction mode.

In Elixir, Oban does the same (`Oban.Notifier.status/1`).
"""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

logger = logging.getLogger(__name__)

CHANNEL = "probe"

INTERVAL_S = 15.0

LOST_AFTER = 2
"""The first probe may be sent before the worker listens."""


class Hearing:
    """Notifies itself every `INTERVAL_S`, and logs if `LOST_AFTER` of these probes have not arrived."""

    def __init__(self) -> None:
        self._number = str(uuid4())  # other workers probe on the same channel
        self._sent_at = float("-inf")
        self._unheard = 0
        self._lost = False
        self.heard = False
        """Whether a probe has ever arrived."""

    def hear(self, probe: dict[str, Any]) -> None:
        """Take a probe that arrived, of any worker."""
        if probe.get("number") != self._number:
            return
        self._unheard = 0
        self.heard = True
        if self._lost:
            logger.info("Notifications arrive again")
        self._lost = False

    async def probe(self, notify: Callable[[str, dict[str, Any]], Awaitable[None]]) -> None:
        """Send a probe with `notify` if it is time for one. Raises what `notify` raises."""
        if time.monotonic() - self._sent_at < INTERVAL_S:
            return
        self._sent_at = time.monotonic()
        if self._unheard >= LOST_AFTER and not self._lost:
            self._lost = True
            logger.warning(
                "Notifications do not arrive: jobs are found by polling, and a pause, resume or cancel "
                "takes seconds. If DATABASE_URL leads to a pooler in transaction mode, set "
                "LISTEN_DATABASE_URL to the database itself"
            )
        self._unheard += 1
        try:
            await notify(CHANNEL, {"number": self._number})
        except BaseException:
            self._unheard -= 1  # the database is away
            raise
