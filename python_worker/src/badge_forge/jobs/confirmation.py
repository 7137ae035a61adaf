"""Complete a badge job and enqueue its confirmation, in one transaction.

Done one after the other, a worker that dies in between leaves a badge that is rendered again and
confirmed twice. Done together, exactly one confirmation exists for each completed job.
"""

from pathlib import Path

from oban import Job
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from badge_forge.attendee import Attendee
from badge_forge.jobs.attempt import attempt_parameters
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import PRINT_CENTER, PRINTING

COMPLETE_AND_CONFIRM = statement(__package__, "complete_and_confirm")


def confirmation(badge_job: Job, attendee: Attendee, path: Path, sha256: str) -> Job:
    """Return the job that tells the print center about the PDF at `path` (see `db/contracts/`).

    `sha256` is that of the PDF's bytes, as lower-case hex digits: no other file is printed in its place.
    It carries the badge job's meta on, so that a batch can be followed to its end.
    """
    return Job(
        worker=PRINT_CENTER,
        queue=PRINTING,
        args={"id": attendee.id, "name": attendee.name, "path": str(path), "sha256": sha256},
        meta=_batch_of(badge_job),
        priority=badge_job.priority,
    )


async def complete_and_confirm(
    badge_job: Job, job: Job, pool: AsyncConnectionPool[AsyncConnection]
) -> bool:
    """Complete `badge_job` and enqueue its confirmation `job`, both or neither.

    Returns False, and does neither, if the job is no longer this attempt's: it was cancelled or rescued
    meanwhile. Oban's own acknowledgement, which comes after, then finds nothing left to do. The `pool`
    has to open its connections with autocommit: what would be four round trips with
    `Oban.enqueue(job, conn=...)` in a transaction is one, and a third of its time.
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
    async with pool.connection() as connection:
        cursor = await connection.execute(COMPLETE_AND_CONFIRM, parameters)
        return cursor.rowcount == 1


def _batch_of(job: Job) -> dict[str, str]:
    batch_id = job.meta.get("batch_id") if isinstance(job.meta, dict) else None
    return {"batch_id": batch_id} if isinstance(batch_id, str) else {}
