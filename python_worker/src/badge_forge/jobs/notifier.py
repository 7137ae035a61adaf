"""A notifier for Oban that survives notifications that it cannot read.

Any role that can connect to the database can `NOTIFY`. Oban for Python 0.7 decodes payloads outside of
its error handling. One malformed payload ends the listening task without a log line, and the worker
receives no more signals.
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
"""Seconds between two log lines about malformed notifications."""


class ResilientNotifier(PostgresNotifier):
    """Oban's PostgreSQL notifier, except that it ignores malformed payloads and can reconnect."""

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
            except Exception as error:  # any role can send any payload
                self._log_ignored(channel, error)

        return await super().listen(channel, guarded, wait, timeout)

    async def ensure_listening(self) -> None:
        """Reconnect if the listening task has ended. Raises `psycopg.Error`, `OSError`.

        Does nothing while Oban itself reconnects after a lost connection.
        """
        if self._conn is None or self._loop_task is None or not self._loop_task.done():
            return
        logger.warning("The notifier stopped listening: reconnecting")
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
    """Make every `Oban` that this process creates from now on use a `ResilientNotifier`."""

    def build(options: dict[str, Any], query: Query) -> ResilientNotifier:
        return ResilientNotifier(query=query, prefix=query._prefix, **options)

    put_ext("notifier.build", build)
