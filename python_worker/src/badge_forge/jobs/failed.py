"""Jobs that were given up, cancelled or discarded: which, why, and once more."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from badge_forge.files import read_regular
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import BADGES, PRINTING

FAILED_JOBS = statement(__package__, "failed_jobs")
RETRY_JOBS = statement(__package__, "retry_jobs")
FORGE_AGAIN = statement(__package__, "forge_again")

MORE_ATTEMPTS = 5
"""How often a job that is retried may fail before it is given up again."""


@dataclass(frozen=True)
class FailedJob:
    """A job that was given up. `name`, `path` and `sha256` are as in its args, None if not there."""

    id: int
    queue: str
    state: str
    attempt: int
    name: str | None
    path: str | None
    sha256: str | None
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
    """Try jobs again that were given up, or wait for their next attempt: all, or those of `ids`.

    A print can't succeed whose PDF is not in `badges_dir` any more, or is another than was confirmed:
    its badge is forged again instead.
    """
    badges_dir = badges_dir.resolve()
    given_up = failed(connection, ids)
    connection.commit()  # PDFs are read for longer than a transaction may be idle
    unprintable = {
        job.id for job in given_up if job.queue == PRINTING and not _is_there(job, badges_dir)
    }
    forged_again = [job_id for job_id in sorted(unprintable) if _forge_again(connection, job_id)]
    parameters = {
        "queues": [BADGES, PRINTING],
        "ids": None if ids is None else list(ids),
        "but": list(unprintable),
        "attempts": MORE_ATTEMPTS,
    }
    retried = sorted(job_id for (job_id,) in connection.execute(RETRY_JOBS, parameters))
    done = {*retried, *forged_again}
    left = unprintable - done if ids is None else set(ids) - done
    return Retried(retried, forged_again, sorted(left))


def _is_there(print_job: FailedJob, badges_dir: Path) -> bool:
    """Tell whether the PDF that was confirmed lies in its place.

    Of a path elsewhere nothing is found out: whoever wrote the row may have written anything.
    """
    if print_job.path is None or Path(print_job.path).parent != badges_dir:
        return True
    with suppress(OSError):
        pdf = read_regular(Path(print_job.path))
        return hashlib.sha256(pdf).hexdigest() == print_job.sha256
    return False


def _forge_again(connection: psycopg.Connection, print_id: int) -> bool:
    parameters = {"id": print_id, "attempts": MORE_ATTEMPTS}
    return connection.execute(FORGE_AGAIN, parameters).rowcount == 1
