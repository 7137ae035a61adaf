"""List the newest batches: when they were enqueued, their designs, and how far they are."""

from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from badge_forge.attendee import DEFAULT_DESIGN
from badge_forge.jobs.statements import statement

SCANNED = 200_000
"""Of how many jobs, the newest, batches are listed. A badge has two jobs."""

_BATCH_LIST = statement(__package__, "batch_list")


class ListedBatch(BaseModel):
    """A batch, and how many of its badges are rendered, printed and failed. `invented`: its people."""

    model_config = ConfigDict(frozen=True)

    id: str
    enqueued_at: datetime
    total: int
    rendered: int
    printed: int
    failed: int
    designs: list[str]
    invented: bool


def batch_list(connection: Connection, limit: int) -> list[ListedBatch]:
    """Return the newest batches, at most `limit`, the newest first. Raises `psycopg.Error`."""
    parameters = {"scanned": SCANNED, "limit": limit, "default_design": DEFAULT_DESIGN}
    with connection.cursor(row_factory=class_row(ListedBatch)) as cursor:
        return cursor.execute(_BATCH_LIST, parameters).fetchall()
