"""Enqueue badges as the Elixir app does: one for a person at the desk, or some spare ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from badge_forge import tracing
from badge_forge.attendee import Attendee
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import BADGES, GENERATE_BADGE

ENQUEUE_BADGE = statement(__package__, "enqueue_badge")

AT_THE_DESK = 0
"""The priority of a badge that a person waits for."""

IN_A_BATCH = 1


def enqueue(
    connection: psycopg.Connection,
    attendee: Attendee,
    meta: Mapping[str, Any] | None = None,
    priority: int = AT_THE_DESK,
) -> int:
    """Enqueue the badge of `attendee`, and return its job's id. `meta` is what its row says of it."""
    with tracing.enqueuing(attendee.id) as context:
        parameters = {
            "queue": BADGES,
            "worker": GENERATE_BADGE,
            "args": Jsonb(attendee.model_dump(exclude_defaults=True)),
            "meta": Jsonb({**(meta or {}), **context}),
            "priority": priority,
        }
        row = connection.execute(ENQUEUE_BADGE, parameters).fetchone()
    assert row
    return int(row[0])


def enqueue_batch(
    connection: psycopg.Connection, attendees: Sequence[Attendee], meta: Mapping[str, Any]
) -> list[int]:
    """Enqueue all of `attendees` or none, behind walk-ups, and return their jobs' ids."""
    with connection.transaction():
        return [enqueue(connection, attendee, meta, IN_A_BATCH) for attendee in attendees]
