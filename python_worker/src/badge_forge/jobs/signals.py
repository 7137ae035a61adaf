"""Stop a job that runs, or a queue, whichever language works on it.

Both Obans hear the same signals, on the channel `public.oban_signal`, as JSON.
"""

import json
from collections.abc import Sequence
from typing import Literal

import psycopg

from badge_forge.sql import statement

CANCEL_JOBS = statement(__package__, "cancel_jobs")


def cancel(connection: psycopg.Connection, ids: Sequence[int]) -> list[int]:
    """Cancel jobs of any queue, those that are executed too, and return the ids of those that were."""
    return sorted(row[0] for row in connection.execute(CANCEL_JOBS, {"ids": list(ids)}))


def pause(connection: psycopg.Connection, queues: Sequence[str]) -> None:
    """Let `queues` fetch no more jobs, wherever they run; what runs is finished."""
    _signal(connection, "pause", queues)


def resume(connection: psycopg.Connection, queues: Sequence[str]) -> None:
    """Let `queues` that were paused fetch jobs again."""
    _signal(connection, "resume", queues)


def _signal(
    connection: psycopg.Connection, action: Literal["pause", "resume"], queues: Sequence[str]
) -> None:
    for queue in queues:
        signal = {"action": action, "queue": queue, "ident": "any"}
        connection.execute("SELECT pg_notify('public.oban_signal', %s)", [json.dumps(signal)])
