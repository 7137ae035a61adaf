"""A notifier for Oban that survives notifications that it cannot read.

Any role that can connect to the database can `NOTIFY`. Oban for Python 0.7 decodes payloads outside of
its error handling. One malformed payload ends the listening task without a log line, and the worker
receives no more signals.
"""

import inspect
import json
import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

import psycopg
from oban._extensions import put_ext
from oban._notifier import PostgresNotifier, decode_payload
from oban._query import Query

from badge_forge import session
from badge_forge.jobs.hearing import CHANNEL, Hearing
from badge_forge.jobs.own_queues import OwnQueuesOban
from badge_forge.jobs.signal_filter import filter_signal
from badge_forge.settings import COMMAND

logger = logging.getLogger(__name__)

LOG_INTERVAL_S = 10.0
"""Seconds between two log lines about malformed notifications."""


class ResilientNotifier(PostgresNotifier):
    """Oban's PostgreSQL notifier, except that it filters what it receives and can reconnect.

    `queues` are those that this worker runs.
    """

    queues: Collection[str] = ()
    ident = ""
    """How signals address this worker: the name of its Oban, a dot, and its node."""

    _logged_at = float("-inf")
    _prepared: psycopg.AsyncConnection | None = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.hearing = Hearing()

    async def start(self) -> None:
        """Connect as Oban does, and listen to the probes of `Hearing`."""
        await super().start()
        await self.listen(CHANNEL, lambda _channel, probe: self.hearing.hear(probe), wait=False)

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

        Logs if notifications do not arrive. Does nothing while Oban itself reconnects after a lost
        connection.
        """
        if self._conn is None or self._loop_task is None:
            return
        if not self._loop_task.done():
            await self.hearing.probe(self.notify)
            return
        logger.warning("The notifier stopped listening: reconnecting")
        self._beat_task.cancel()
        with suppress(psycopg.Error):
            await self._conn.close()
        await self._connect()

    async def _process_pending(self) -> None:
        if self._conn is not None and self._conn is not self._prepared:
            await session.prepare_async(self._conn)
            self._prepared = self._conn
        await super()._process_pending()

    async def _reconnect(self) -> None:
        self._reconnect_attempts = 0  # or Oban's back-off would grow to 16 s
        await super()._reconnect()

    async def _dispatch(self, notification: psycopg.Notify) -> None:
        try:
            if notification.channel == self._to_full_channel("signal"):
                signal = self._filter(decode_payload(notification.payload))
                if signal is None:
                    return
                notification = notification._replace(payload=json.dumps(signal))
            await super()._dispatch(notification)
        except Exception as error:  # not base64, not gzip, not JSON, not an object …
            self._log_ignored(notification.channel, error)

    def _filter(self, signal: dict[str, Any]) -> dict[str, Any] | None:
        passed = filter_signal(signal, self.queues)
        if passed and signal["action"] == "stop" and signal.get("ident", "any") in ("any", self.ident):
            logger.warning(
                "A signal to stop the queue %s arrived: it is paused instead, "
                "run `%s resume %s` to continue",
                signal["queue"],
                COMMAND,
                signal["queue"],
            )
        return passed

    def _log_ignored(self, channel: str, error: Exception) -> None:
        if time.monotonic() - self._logged_at >= LOG_INTERVAL_S:
            self._logged_at = time.monotonic()
            logger.warning(
                "Ignored a malformed notification on the channel %s: %s", channel, type(error).__name__
            )


class _QueryAroundPooler:
    """What the notifier needs of Oban's `query`, except that it connects to `url`."""

    def __init__(self, query: Query, url: str) -> None:
        self.notify = query.notify
        self._url = url

    async def dsn(self) -> str:
        return self._url


def create_oban(
    queues: dict[str, int],
    paused: Collection[str] = (),
    listen_url: str | None = None,
    **options: Any,
) -> OwnQueuesOban:
    """Return an `Oban` with a `ResilientNotifier`, which runs no other queues than `queues`.

    `queues` are the limits by queue, `paused` those that start paused, `options` the other options of
    `Oban`. The notifier listens at `listen_url`, by default that of the pool.
    """

    def build(notifier_options: dict[str, Any], query: Query) -> ResilientNotifier:
        source = _QueryAroundPooler(query, listen_url) if listen_url else query
        return ResilientNotifier(query=source, prefix=query._prefix, **notifier_options)

    put_ext("notifier.build", build)
    oban = OwnQueuesOban(
        queues={queue: {"limit": limit, "paused": queue in paused} for queue, limit in queues.items()},
        **options,
    )
    oban._notifier.queues = oban.own_queues
    oban._notifier.ident = f"{oban._name}.{oban._node}"
    return oban
