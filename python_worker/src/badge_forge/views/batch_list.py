"""List the newest batches: when they were enqueued, their designs, and how far they are."""

from dataclasses import replace
from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row

from badge_forge.attendee import DEFAULT_DESIGN
from badge_forge.jobs.job_filter import JobFilter, with_filter
from badge_forge.views.progress import RECENT_BATCHES, Batch

SCANNED = 200_000
"""Of how many jobs, the newest, batches are listed. A badge has two jobs."""

_BATCH_LIST = with_filter(RECENT_BATCHES) + b"SELECT * FROM batches"

EVERY = JobFilter()

LEAST_PREFIX = 4
"""Fewest characters of an id that find a batch."""


class ListedBatch(Batch):
    """A batch with its time, its designs, and its rendered badges. `invented`: its people."""

    enqueued_at: datetime
    rendered: int
    designs: list[str]
    invented: bool


def batch_list(connection: Connection, limit: int, wanted: JobFilter = EVERY) -> list[ListedBatch]:
    """Return the newest batches, at most `limit`, the newest first. Raises `psycopg.Error`.

    Only the `wanted` jobs are counted, and batches without one are left out.
    """
    parameters = wanted.parameters() | {
        "scanned": SCANNED,
        "limit": limit,
        "default_design": DEFAULT_DESIGN,
    }
    with connection.cursor(row_factory=class_row(ListedBatch)) as cursor:
        return cursor.execute(_BATCH_LIST, parameters).fetchall()


def find_batches(connection: Connection, text: str, wanted: JobFilter = EVERY) -> list[ListedBatch]:
    """Return the batch with the id `text`, or else those whose id begins so, as `batch_list` does."""
    if found := batch_list(connection, 1, replace(wanted, batch=text)):
        return found
    if len(text) < LEAST_PREFIX:
        return []
    return [batch for batch in batch_list(connection, SCANNED, wanted) if batch.id.startswith(text)]
