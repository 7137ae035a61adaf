"""Cancel jobs, and pause or resume queues, in both languages.

A cancellation is a signal, JSON on the channel `public.oban_signal`, which both Obans receive. A pause
is a request in `oban_producers`, which each node takes from its row (`queue_watch.py`). It is also
remembered in `badge_forge_queues`, for nodes that start later.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import psycopg
from psycopg.rows import class_row

from badge_forge.jobs.job_filter import JobFilter, filtered
from badge_forge.jobs.statements import statement

CANCEL_JOBS = filtered("cancel_jobs")
PRODUCERS = statement(__package__, "producers")
REQUEST_STATE = statement(__package__, "request_state")

EVERY = JobFilter()

ANSWER_WITHIN_S = 5.0
"""Seconds to wait for the producers' reports, which they write every second."""

POLL_S = 0.1

Action = Literal["pause", "resume"]


@dataclass(frozen=True)
class Producer:
    """A queue on a node, from a row in `oban_producers`. `seen_ago_s` is the age of the row.

    `pending` tells whether a request still waits for the node. A row can outlive its node.
    """

    queue: str
    node: str
    paused: bool
    pending: bool
    seen_ago_s: float

    def followed(self, action: Action) -> bool:
        """Tell whether the node has carried out a request for `action`."""
        return not self.pending and self.paused == (action == "pause")


def cancel(
    connection: psycopg.Connection, ids: Sequence[int] | None, wanted: JobFilter = EVERY
) -> list[int]:
    """Cancel the `wanted` jobs, or those of them in `ids`, also running ones.

    Returns the ids of those cancelled.
    """
    parameters = replace(wanted, ids=ids).parameters()
    return sorted(row[0] for row in connection.execute(CANCEL_JOBS, parameters))


def pause(connection: psycopg.Connection, queues: Sequence[str]) -> list[Producer]:
    """Pause `queues` on all nodes, and on those that start before `resume`. Running jobs finish.

    Returns the producers of these queues once all have followed, or after `ANSWER_WITHIN_S`. Check
    `followed` of each. `connection` must be in autocommit mode.
    """
    return _request(connection, "pause", queues)


def resume(connection: psycopg.Connection, queues: Sequence[str]) -> list[Producer]:
    """Resume `queues` on all nodes. Returns their producers, as `pause` does."""
    return _request(connection, "resume", queues)


def _request(connection: psycopg.Connection, action: Action, queues: Sequence[str]) -> list[Producer]:
    connection.execute(REQUEST_STATE, {"action": action, "queues": list(queues)})
    deadline = time.monotonic() + ANSWER_WITHIN_S
    while True:
        found = producers(connection, queues)
        if all(producer.followed(action) for producer in found) or time.monotonic() > deadline:
            return found
        time.sleep(POLL_S)


def producers(connection: psycopg.Connection, queues: Sequence[str]) -> list[Producer]:
    """Return the producers of `queues`, as they last reported themselves."""
    with connection.cursor(row_factory=class_row(Producer)) as cursor:
        return cursor.execute(PRODUCERS, {"queues": list(queues)}).fetchall()
