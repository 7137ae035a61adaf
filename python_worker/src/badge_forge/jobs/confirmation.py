"""Complete a badge job and enqueue its confirmation, in one statement.

With two transactions, a worker that dies between them leaves a job that runs again and is confirmed
twice. With one, each completed job has exactly one confirmation.
"""

import asyncio
import random
import time
from pathlib import Path
from typing import Any

from oban import Job
from psycopg import AsyncConnection
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure, UniqueViolation
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from badge_forge import tracing
from badge_forge.attendee import Attendee
from badge_forge.contracts.print_center import PrintCenterArgs
from badge_forge.jobs.attempt import attempt_parameters
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import DESK, EVENT, PRINT_AGAIN, PRINT_CENTER, PRINTING, VERSION

COMPLETE_AND_CONFIRM = statement(__package__, "complete_and_confirm")

TRANSIENT = (SerializationFailure, DeadlockDetected, LockNotAvailable)
"""Errors after which the same statement can succeed. The server has undone the failed one."""

TRY_FOR_S = 15.0
"""Shorter than the time after which a job without a heartbeat is rescued."""

PRIMARY_KEY = "oban_jobs_pkey"

SKIP_IDS = "SELECT count(nextval('oban_jobs_id_seq')) FROM generate_series(1, %s::integer)"

MOST_SKIPPED_IDS = 10_000

LAST_VERSION = 999_999_999
"""It has as many digits as a file's name may have for it."""


def confirmation(badge_job: Job, attendee: Attendee, path: Path, sha256: str) -> Job:
    """Return the print job for the PDF at `path` (its args: `db/contracts/print_center.schema.json`).

    It carries the file's name only: each application finds the file in its own badges folder. `sha256`
    is the digest of the PDF in lower-case hex digits. The print center refuses a file with another
    digest. Some keys are copied from the badge job's meta: the batch id, so that prints can be counted
    by batch; event and version, so that the print is known as that of a list; the desk; and the mark of
    a reprint, so that the printer prints another copy. The print continues the trace of the span.
    """
    args: PrintCenterArgs = {
        "id": attendee.id,
        "name": attendee.name,
        "file": path.name,
        "sha256": sha256,
    }
    return Job(
        worker=PRINT_CENTER,
        queue=PRINTING,
        args=dict(args),
        meta=_copied(badge_job) | tracing.current(),
        priority=badge_job.priority,
    )


async def complete_and_confirm(
    badge_job: Job, job: Job, pool: AsyncConnectionPool[AsyncConnection]
) -> bool:
    """Complete `badge_job` and enqueue its confirmation `job`, both or neither.

    Returns False, and does neither, if the job was cancelled or rescued since this attempt started.
    Oban's own acknowledgement runs afterwards and matches no row. The connections of `pool` must be in
    autocommit mode. One statement takes one round trip. `Oban.enqueue(job, conn=…)` in a transaction
    takes four, and three times as long.

    Errors that a badge did not cause cost no attempt: for `TRY_FOR_S`, it tries again after a conflict
    with another transaction, or if a row already has the next id. Raises `psycopg.Error`.
    """
    parameters = attempt_parameters(badge_job) | {
        "worker": job.worker,
        "queue": job.queue,
        "args": Jsonb(job.args),
        "meta": Jsonb(job.meta),
        "priority": job.priority,
        "max_attempts": job.max_attempts,
        "tags": job.tags,
    }
    deadline = time.monotonic() + TRY_FOR_S
    ids_to_skip = 1
    while True:
        try:
            async with pool.connection() as connection:
                cursor = await connection.execute(COMPLETE_AND_CONFIRM, parameters)
                return cursor.rowcount == 1
        except (*TRANSIENT, UniqueViolation) as error:
            if time.monotonic() >= deadline:
                raise
            if isinstance(error, UniqueViolation):
                if error.diag.constraint_name != PRIMARY_KEY:
                    raise
                # A row has the id that the sequence returned. There may be many, so skip more each time.
                await _skip_ids(ids_to_skip, pool)
                ids_to_skip = min(2 * ids_to_skip, MOST_SKIPPED_IDS)
            else:
                await asyncio.sleep(random.uniform(0, 0.1))  # noqa: S311 — not for cryptography


async def _skip_ids(count: int, pool: AsyncConnectionPool[AsyncConnection]) -> None:
    async with pool.connection() as connection:
        await connection.execute(SKIP_IDS, [count])


def is_reprint(job: Job) -> bool:
    """Tell whether `job` had completed before and was retried by hand (migration 0011 marks it)."""
    return isinstance(job.meta, dict) and type(job.meta.get(PRINT_AGAIN)) is int


def version_of(job: Job) -> int:
    """Return the number of the version of a badge: 1, unless its list was changed and imported again."""
    version = job.meta.get(VERSION) if isinstance(job.meta, dict) else None
    return version if type(version) is int and 1 <= version <= LAST_VERSION else 1


def _copied(job: Job) -> dict[str, Any]:
    meta = job.meta if isinstance(job.meta, dict) else {}
    copied = {key: meta[key] for key in ("batch_id", EVENT, DESK) if isinstance(meta.get(key), str)}
    copied |= {VERSION: version_of(job)} if EVENT in copied else {}
    return copied | ({PRINT_AGAIN: meta[PRINT_AGAIN]} if is_reprint(job) else {})
