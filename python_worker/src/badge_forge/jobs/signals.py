"""Stop a running job, or pause a queue, whichever language works on it.

Both Obans hear the same signals, on the channel `public.oban_signal`, as JSON.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg.rows import class_row

from badge_forge.jobs.statements import statement

CANCEL_JOBS = statement(__package__, "cancel_jobs")
PRODUCERS = statement(__package__, "producers")
REQUEST_STATE = statement(__package__, "request_state")

ANSWER_WITHIN_S = 5.0
"""How long to wait for producers to report. They do so every second."""

POLL_S = 0.1

Action = Literal["pause", "resume"]


@dataclass(frozen=True)
class Producer:
    """A queue on a node, as it reports itself; `seen_ago_s` is the age of the report in seconds."""

    queue: str
    node: str
    paused: bool
    seen_ago_s: float


def cancel(connection: psycopg.Connection, ids: Sequence[int]) -> list[int]:
    """Cancel jobs of any queue, including running ones, and return the ids of those cancelled."""
    return sorted(row[0] for row in connection.execute(CANCEL_JOBS, {"ids": list(ids)}))


def pause(connection: psycopg.Connection, queues: Sequence[str]) -> list[Producer]:
    """Let `queues` fetch no more jobs, on all nodes. Running jobs finish.

    Returns the producers of these queues as soon as all are paused, and after `ANSWER_WITHIN_S` at the
    latest: `paused` tells which are. `connection` must be in autocommit mode.
    """
    return _request(connection, "pause", queues)


def resume(connection: psycopg.Connection, queues: Sequence[str]) -> list[Producer]:
    """Let paused `queues` fetch jobs again, on all nodes. Returns their producers, as `pause` does."""
    return _request(connection, "resume", queues)


def _request(connection: psycopg.Connection, action: Action, queues: Sequence[str]) -> list[Producer]:
    connection.execute(REQUEST_STATE, {"action": action, "queues": list(queues)})
    for queue in queues:
        signal = {"action": action, "queue": queue, "ident": "any"}
        connection.execute("SELECT pg_notify('public.oban_signal', %s)", [json.dumps(signal)])
    deadline = time.monotonic() + ANSWER_WITHIN_S
    while True:
        producers = _producers(connection, queues)
        done = all(producer.paused == (action == "pause") for producer in producers)
        if done or time.monotonic() > deadline:
            return producers
        time.sleep(POLL_S)


def _producers(connection: psycopg.Connection, queues: Sequence[str]) -> list[Producer]:
    with connection.cursor(row_factory=class_row(Producer)) as cursor:
        return cursor.execute(PRODUCERS, {"queues": list(queues)}).fetchall()
