"""A notifier for Oban that survives notifications that it cannot read.

Any role that may connect to the database may `NOTIFY`. Oban for Python 0.7 decodes a payload outside of
its error handling: one malformed payload ends the task that listens, without a log line, and the worker
never hears a signal again.
"""

import inspect
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from oban._extensions import put_ext
from oban._notifier import PostgresNotifier
from oban._query import Query

logger = logging.getLogger(__name__)

LOG_INTERVAL_S = 10.0
"""A flood of malformed notifications is logged once in this time."""


class ResilientNotifier(PostgresNotifier):
    """Oban's notifier on PostgreSQL, which ignores what it cannot read and can be started again."""

    _logged_at = float("-inf")

    async def listen(
        self,
        channel: str,
        callback: Callable[[str, dict[str, Any]], Any],
        wait: bool = True,
        timeout: float | None = None,  # noqa: ASYNC109 — the signature is Oban's
    ) -> str:
        """Subscribe to `channel` as Oban does; an error in `callback` is logged as one line."""

        async def guarded(channel: str, payload: dict[str, Any]) -> None:
            try:
                result = callback(channel, payload)
                if inspect.isawaitable(result):
                    await result
            except Exception as error:  # a listener must survive whatever a stranger sends
                self._log_ignored(channel, error)

        return await super().listen(channel, guarded, wait, timeout)

    async def ensure_listening(self) -> None:
        """Connect again if the task that listens has ended. Raises `psycopg.Error`, `OSError`.

        While Oban itself reconnects, after it lost its connection, this does nothing.
        """
        if self._conn is None or self._loop_task is None or not self._loop_task.done():
            return
        logger.warning("The notifier stopped listening: connecting it again")
        self._beat_task.cancel()
        with suppress(psycopg.Error):
            await self._conn.close()
        await self._connect()

    async def _dispatch(self, notification: psycopg.Notify) -> None:
        try:
            await super()._dispatch(notification)
        except Exception as error:  # not base64, not gzip, not JSON, not text …
            self._log_ignored(notification.channel, error)

    def _log_ignored(self, channel: str, error: Exception) -> None:
        if time.monotonic() - self._logged_at >= LOG_INTERVAL_S:
            self._logged_at = time.monotonic()
            logger.warning(
                "Ignored a malformed notification on the channel %s: %s", channel, type(error).__name__
            )


def use_resilient_notifier() -> None:
    """Let every Oban of this process that is made from now on have a `ResilientNotifier`."""

    def build(options: dict[str, Any], query: Query) -> ResilientNotifier:
        return ResilientNotifier(query=query, prefix=query._prefix, **options)

    put_ext("notifier.build", build)
