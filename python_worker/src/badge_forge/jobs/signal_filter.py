"""Decide which signals reach Oban. `BadgeForge.Notification` decides the same in Elixir.

Any role that may connect to the database can send signals on the channel `public.oban_signal`, and Oban
for Python 0.7 does not check them: a `scale` to a huge limit ends all fetches, and a `start` makes this
worker fetch the jobs of other applications.
"""

from collections.abc import Collection
from typing import Any

MAX_LIMIT = 1_000

SCALE_KEYS = {"action", "ident", "queue", "limit"}
START_KEYS = SCALE_KEYS | {"local_only", "paused"}


class MalformedSignalError(ValueError):
    """A signal is not what Oban sends."""


def filter_signal(signal: dict[str, Any], queues: Collection[str]) -> dict[str, Any] | None:
    """Return the signal to pass on to a worker that runs `queues`, or None if it does not concern it.

    A `stop` of one of `queues` becomes a `pause`: a stopped queue is gone until the worker restarts, but
    a paused one is visible and can be resumed. Raises `MalformedSignalError`.
    """
    match signal:
        case {"action": "pause" | "resume", "queue": str()}:
            return signal
        case {"action": "pkill", "job_id": int()}:
            return signal
        case {"action": "stop", "queue": str(queue)}:
            return signal | {"action": "pause"} if queue in queues else None
        case {"action": "start" | "scale" as action, "queue": str(queue), "limit": limit}:
            keys = START_KEYS if action == "start" else SCALE_KEYS
            paused = signal.get("paused", False)
            if _is_limit(limit) and isinstance(paused, bool) and set(signal) <= keys:
                return signal if queue in queues else None
    raise MalformedSignalError


def _is_limit(value: object) -> bool:
    return type(value) is int and 1 <= value <= MAX_LIMIT
