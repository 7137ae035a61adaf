"""Jobs that were given up, cancelled or discarded: which, why, and once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from badge_forge.jobs.statements import FAILED_JOBS, FORGE_AGAIN, RETRY_JOBS
from badge_forge.queues import BADGES, PRINTING

MORE_ATTEMPTS = 5
"""How often a job that is retried may fail before it is given up again."""


@dataclass(frozen=True)
class FailedJob:
    """A job that was given up. `name`, `badge_id` and `path` are as in its args, None if not there."""

    id: int
    queue: str
    state: str
    attempt: int
    badge_id: str | None
    name: str | None
    path: str | None
    error: str | None
    failed_at: datetime | None

    @property
    def reason(self) -> str:
        """What went wrong, in one line."""
        return reason(self.error) or "no reason was recorded"


@dataclass(frozen=True)
class Retried:
    """Ids of jobs: tried again as they are, prints whose badge is forged again, and left alone."""

    retried: list[int]
    forged_again: list[int]
    left: list[int]


def reason(error: str | None) -> str:
    """Return the line that says what it was: of Elixir's errors the first, of a traceback the last."""
    lines = (error or "").strip().splitlines() or [""]
    return lines[0] if lines[0].startswith("** (") else lines[-1]


def failed(
    connection: psycopg.Connection, ids: Sequence[int] | None = None, limit: int | None = None
) -> list[FailedJob]:
    """Return the jobs that were given up, newest first: all, or those of `ids`, `limit` at most."""
    with connection.cursor(row_factory=class_row(FailedJob)) as cursor:
        parameters = {
            "queues": [BADGES, PRINTING],
            "ids": None if ids is None else list(ids),
            "limit": limit,
        }
        return cursor.execute(FAILED_JOBS, parameters).fetchall()


def retry(connection: psycopg.Connection, ids: Sequence[int] | None, badges_dir: Path) -> Retried:
    """Try jobs again that were given up: all, or those of `ids`.

    A print whose PDF is gone from `badges_dir` can't succeed: its badge is forged again instead.
    """
    jobs = failed(connection, ids)
    gone = [job.id for job in jobs if job.queue == PRINTING and _is_gone(job.path, badges_dir)]
    forged_again = [job_id for job_id in gone if _forge_again(connection, job_id)]
    retried = connection.execute(
        RETRY_JOBS,
        {"ids": [job.id for job in jobs if job.id not in gone], "attempts": MORE_ATTEMPTS},
    ).fetchall()
    done = {job_id for (job_id,) in retried} | set(forged_again)
    wanted = ids if ids is not None else [job.id for job in jobs]
    return Retried(
        retried=sorted(done - set(forged_again)),
        forged_again=forged_again,
        left=[job_id for job_id in wanted if job_id not in done],
    )


def _is_gone(path: str | None, badges_dir: Path) -> bool:
    # Of a path elsewhere nothing is found out: whoever wrote the row may have written anything.
    return path is not None and Path(path).parent == badges_dir and not Path(path).exists()


def _forge_again(connection: psycopg.Connection, print_id: int) -> bool:
    parameters = {"id": print_id, "attempts": MORE_ATTEMPTS}
    return connection.execute(FORGE_AGAIN, parameters).rowcount == 1
