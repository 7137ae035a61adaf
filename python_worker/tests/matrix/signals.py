"""Listens to what the two Obans publish."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from oban._notifier import decode_payload

from helpers import HANG_S


def heard(
    connection: psycopg.Connection, channel: str, wanted: Callable[[dict[str, Any]], bool]
) -> Iterator[dict[str, Any]]:
    """Yield the payloads of `channel` that are `wanted`, as they arrive."""
    connection.execute(f'LISTEN "public.oban_{channel}"'.encode())
    try:
        for notification in connection.notifies(timeout=HANG_S):
            # Oban for Elixir 2.23 marks compressed payloads, which Oban for Python 0.7 does not read.
            payload = decode_payload(notification.payload.removeprefix("Z:"))
            if wanted(payload):
                yield payload
    finally:
        connection.execute("UNLISTEN *")
