"""SQL parameters that identify one attempt of a job, so that no statement changes a later one."""

from datetime import UTC
from typing import Any

from oban import Job


def attempt_parameters(job: Job) -> dict[str, Any]:
    """Return the parameters `id` and `attempted_at`. Oban's own acknowledgement uses the same pair.

    The column `attempted_at` is a `timestamp without time zone` in UTC. The time zone is removed here,
    because PostgreSQL would compare a `timestamptz` in the time zone of the session.
    """
    assert job.attempted_at is not None
    return {"id": job.id, "attempted_at": job.attempted_at.astimezone(UTC).replace(tzinfo=None)}
