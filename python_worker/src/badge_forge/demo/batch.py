"""One batch of badges, followed through the table by the `batch_id` in its jobs' meta."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from badge_forge.jobs.failed import reason
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import GENERATE_BADGE, PRINT_CENTER

BATCH_PROGRESS = statement(__package__, "batch_progress")
BATCH_JOBS = statement(__package__, "batch_jobs")
LAST_COMPLETION = statement(__package__, "last_completion")
CANCEL_BATCH = statement(__package__, "cancel_batch")

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
        """What went wrong, in one line."""
        return reason(self.error) or f"still {self.state}"


class Batch:
    """The batch `batch_id`, in the database that `connection` leads to."""

    def __init__(self, batch_id: str, connection: psycopg.Connection) -> None:
        self._parameters = {"batch_id": batch_id}
        self._connection = connection

    def progress(self) -> Progress:
        """Count the batch's badges by how far they are."""
        jobs: Counter[tuple[str, str]] = Counter()
        for worker, state, count in self._connection.execute(BATCH_PROGRESS, self._parameters):
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
        with self._connection.cursor(row_factory=dict_row) as cursor:
            jobs = cursor.execute(BATCH_JOBS, self._parameters).fetchall()
        prints = {job["badge_id"]: job for job in jobs if job["worker"] == PRINT_CENTER}
        return [
            _badge(job, prints.get(job["badge_id"])) for job in jobs if job["worker"] == GENERATE_BADGE
        ]

    def last_completion(self) -> datetime | None:
        """Return when a job last completed, of whatever batch: a batch may wait behind another."""
        row = self._connection.execute(LAST_COMPLETION).fetchone()
        return row[0] if row else None

    def cancel(self) -> int:
        """Cancel what nobody has begun yet, and return how many jobs that were."""
        return self._connection.execute(CANCEL_BATCH, self._parameters).rowcount


def _badge(job: dict[str, Any], print_job: dict[str, Any] | None) -> Badge:
    last = print_job or job
    return Badge(
        name=job["name"],
        type=job["type"],
        path=last["path"],
        printed=print_job is not None and print_job["state"] == "completed",
        state=last["state"],
        error=last["error"] or job["error"],
    )
