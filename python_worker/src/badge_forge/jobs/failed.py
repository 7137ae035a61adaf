"""List cancelled and discarded jobs with the reason, and retry them."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from badge_forge.files import read_regular
from badge_forge.jobs.job_filter import JobFilter, filtered
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import PRINTING

FAILED_JOBS = filtered("failed_jobs")
RETRY_JOBS = filtered("retry_jobs")
RENDER_AGAIN = statement(__package__, "render_again")

EVERY = JobFilter()

MORE_ATTEMPTS = 5
"""How many attempts a job gets when it is retried."""


@dataclass(frozen=True)
class FailedJob:
    """A cancelled or discarded job. `name`, `file` and `sha256` are from its args, None if missing."""

    id: int
    queue: str
    state: str
    attempt: int
    name: str | None
    file: str | None
    sha256: str | None
    error: str | None
    failed_at: datetime | None

    @property
    def reason(self) -> str:
        """Return the last error, in one line."""
        return reason(self.error) or "no reason was recorded"


@dataclass(frozen=True)
class Retried:
    """The ids of the jobs that `retry` looked at, by what it did with them."""

    retried: list[int]
    """Jobs that are available again, of all queues."""

    rendered_again: list[int]
    """Prints without their PDF. Each was deleted, and its badge's job is available again."""

    unchanged: list[int]
    """Jobs that could not be retried. With ids, also those that are completed or executing."""

    unknown: list[int] = field(default_factory=list)
    """Ids without a job."""


def reason(error: str | None) -> str:
    """Return the message in `error`: the first line of an Elixir error, the last of a traceback."""
    lines = (error or "").strip().splitlines() or [""]
    return lines[0] if lines[0].startswith("** (") else lines[-1]


def failed(
    connection: psycopg.Connection,
    ids: Sequence[int] | None = None,
    limit: int | None = None,
    wanted: JobFilter = EVERY,
) -> list[FailedJob]:
    """Return the `wanted` jobs that are cancelled or discarded, newest first, at most `limit`.

    With `ids`, only those of them.
    """
    with connection.cursor(row_factory=class_row(FailedJob)) as cursor:
        parameters = replace(wanted, ids=ids).parameters() | {"limit": limit}
        return cursor.execute(FAILED_JOBS, parameters).fetchall()


def retry(
    connection: psycopg.Connection,
    ids: Sequence[int] | None,
    badges_dir: Path,
    wanted: JobFilter = EVERY,
) -> Retried:
    """Retry cancelled, discarded and retryable jobs now: the `wanted` ones, or those of them in `ids`.

    A print cannot succeed if its PDF is missing from `badges_dir` or differs from the confirmed one. Its
    badge is rendered again instead.
    """
    badges_dir = badges_dir.resolve()
    failures = failed(connection, ids, wanted=wanted)
    connection.commit()  # reading PDFs can take longer than idle_in_transaction_session_timeout
    unprintable = {
        job.id for job in failures if job.queue == PRINTING and not _pdf_exists(job, badges_dir)
    }
    rendered_again = [job_id for job_id in sorted(unprintable) if _render_again(connection, job_id)]
    parameters = replace(wanted, ids=ids).parameters() | {
        "but": list(unprintable),
        "attempts": MORE_ATTEMPTS,
    }
    retried = sorted(job_id for (job_id,) in connection.execute(RETRY_JOBS, parameters))
    done = {*retried, *rendered_again}
    left = unprintable - done if ids is None else set(ids) - done
    no_jobs = set(unknown(connection, sorted(left)))
    return Retried(retried, rendered_again, sorted(left - no_jobs), sorted(no_jobs))


def unknown(connection: psycopg.Connection, ids: Sequence[int]) -> list[int]:
    """Return those of `ids` that no job has."""
    rows = connection.execute("SELECT id FROM oban_jobs WHERE id = ANY (%s)", [list(ids)])
    return sorted(set(ids) - {job_id for (job_id,) in rows})


def _pdf_exists(print_job: FailedJob, badges_dir: Path) -> bool:
    """Tell whether the confirmed PDF exists, unchanged.

    Without the plain name of a file, it counts as existing: rendering again would change nothing.
    """
    if print_job.file is None or Path(print_job.file).name != print_job.file:
        return True
    with suppress(OSError, ValueError):  # ValueError: a NUL character
        pdf = read_regular(badges_dir / print_job.file)
        return hashlib.sha256(pdf).hexdigest() == print_job.sha256
    return False


def _render_again(connection: psycopg.Connection, print_id: int) -> bool:
    parameters = {"id": print_id, "attempts": MORE_ATTEMPTS}
    return connection.execute(RENDER_AGAIN, parameters).rowcount == 1
