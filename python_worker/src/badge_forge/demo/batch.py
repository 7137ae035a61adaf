"""One batch of badges, followed through the table by the `batch_id` in its jobs' meta."""

from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from badge_forge.confirmation import WORKER as PRINT_CENTER

GENERATE_BADGE = "badge_forge.generator.GenerateBadge"
FAILED_STATES = ("cancelled", "discarded")


@dataclass(frozen=True)
class Progress:
    """How many badges of a batch were rendered, printed, and given up."""

    rendered: int
    printed: int
    failed: int


@dataclass(frozen=True)
class Badge:
    """One badge of a batch. `state` is its print's if it has one, else its own; `error` the last."""

    name: str
    type: str
    path: str | None
    printed: bool
    state: str
    error: str | None

    @property
    def reason(self) -> str:
        """The last line of what went wrong, where a traceback says what it was."""
        lines = (self.error or "").strip().splitlines()
        return lines[-1] if lines else f"still {self.state}"


class Batch:
    """The batch `batch_id`, in the database that `connection` leads to."""

    def __init__(self, batch_id: str, connection: psycopg.Connection) -> None:
        self._parameters = {"batch_id": batch_id}
        self._connection = connection

    def progress(self) -> Progress:
        """Count the batch's badges by how far they are."""
        jobs: Counter[tuple[str, str]] = Counter()
        for worker, state, count in self._connection.execute(_sql("batch_progress"), self._parameters):
            jobs[worker, state] = count
        return Progress(
            rendered=jobs[GENERATE_BADGE, "completed"],
            printed=jobs[PRINT_CENTER, "completed"],
            failed=sum(
                jobs[worker, state]
                for worker in (GENERATE_BADGE, PRINT_CENTER)
                for state in FAILED_STATES
            ),
        )

    def badges(self) -> list[Badge]:
        """Return the batch's badges in the order they were enqueued."""
        with self._connection.cursor(row_factory=class_row(Badge)) as cursor:
            return cursor.execute(_sql("batch_badges"), self._parameters).fetchall()

    def cancel(self) -> int:
        """Cancel what nobody has begun yet, and return how many jobs that were."""
        return self._connection.execute(_sql("cancel_batch"), self._parameters).rowcount


def _sql(name: str) -> LiteralString:
    return files(__package__).joinpath(f"{name}.sql").read_text()
