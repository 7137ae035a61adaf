"""List the newest batches: when they were enqueued, their designs, and how far they are."""

from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row

from badge_forge.attendee import DEFAULT_DESIGN
from badge_forge.views.progress import RECENT_BATCHES, Batch

SCANNED = 200_000
"""Of how many jobs, the newest, batches are listed. A badge has two jobs."""

_BATCH_LIST = RECENT_BATCHES + b"SELECT * FROM batches"


class ListedBatch(Batch):
    """A batch with its time, its designs, and its rendered badges. `invented`: its people."""

    enqueued_at: datetime
    rendered: int
    designs: list[str]
    invented: bool


def batch_list(connection: Connection, limit: int) -> list[ListedBatch]:
    """Return the newest batches, at most `limit`, the newest first. Raises `psycopg.Error`."""
    parameters = {"scanned": SCANNED, "limit": limit, "default_design": DEFAULT_DESIGN}
    with connection.cursor(row_factory=class_row(ListedBatch)) as cursor:
        return cursor.execute(_BATCH_LIST, parameters).fetchall()
