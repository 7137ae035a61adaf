"""Follow one batch of badges in the table, by the ids of its jobs.

Any client of the table can insert rows with the batch's id. These are not counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from badge_forge.jobs.failed import reason
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import GENERATE_BADGE, PRINT_CENTER
from badge_forge.views.job_states import FAILED

BATCH_PROGRESS = statement(__package__, "batch_progress")
BATCH_JOBS = statement(__package__, "batch_jobs")
LAST_COMPLETION = statement(__package__, "last_completion")
CANCEL_BATCH = statement(__package__, "cancel_batch")


@dataclass(frozen=True)
class Progress:
    """How many badges of a batch are rendered, are printed, and have failed."""

    rendered: int = 0
    printed: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Badge:
    """One badge of a batch. `state` and `error` are from its print job if it exists."""

    badge_id: str
    name: str
    type: str
    printed: bool
    state: str
    error: str | None

    @property
    def reason(self) -> str:
        """Why the badge is not printed, in one line."""
        return reason(self.error) or f"still {self.state}"


class Batch:
    """The batch `batch_id` in the database of `connection`, whose badge jobs have the ids `ids`."""

    def __init__(self, batch_id: str, ids: Sequence[int], connection: psycopg.Connection) -> None:
        self._parameters = {"batch_id": batch_id, "ids": list(ids), "print_worker": PRINT_CENTER}
        self._connection = connection

    def progress(self) -> Progress:
        """Count the badges of the batch."""
        jobs: Counter[tuple[str, str]] = Counter()
        for worker, state, count in self._connection.execute(BATCH_PROGRESS, self._parameters):
            jobs[worker, state] = count
        return Progress(
            rendered=jobs[GENERATE_BADGE, "completed"],
            printed=jobs[PRINT_CENTER, "completed"],
            failed=sum(
                jobs[worker, state] for worker in (GENERATE_BADGE, PRINT_CENTER) for state in FAILED
            ),
        )

    def badges(self) -> list[Badge]:
        """Return the badges of the batch in the order they were enqueued."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            jobs = cursor.execute(BATCH_JOBS, self._parameters).fetchall()
        prints = {job["badge_id"]: job for job in jobs if job["worker"] == PRINT_CENTER}
        return [
            _badge(job, prints.get(job["badge_id"])) for job in jobs if job["worker"] == GENERATE_BADGE
        ]

    def last_completion(self) -> datetime | None:
        """Return when the last job of any batch completed: this batch may be queued behind another."""
        row = self._connection.execute(LAST_COMPLETION).fetchone()
        return row[0] if row else None

    def cancel(self) -> int:
        """Cancel all jobs with the batch's id that are not executing yet, and return their number."""
        return self._connection.execute(CANCEL_BATCH, self._parameters).rowcount


def _badge(job: dict[str, Any], print_job: dict[str, Any] | None) -> Badge:
    last = print_job or job
    return Badge(
        badge_id=job["badge_id"],
        name=job["name"],
        type=job["type"],
        printed=print_job is not None and print_job["state"] == "completed",
        state=last["state"],
        error=last["error"] or job["error"],
    )
