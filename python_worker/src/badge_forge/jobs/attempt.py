"""SQL parameters that identify one attempt of a job, so that no statement touches a later one."""

from datetime import UTC
from typing import Any

from oban import Job


def attempt_parameters(job: Job) -> dict[str, Any]:
    """Return the parameters `id` and `attempted_at`, as Oban's own acknowledgement is fenced.

    The column has no time zone, and means UTC. A value with one would be compared in the session's zone.
    """
    assert job.attempted_at is not None
    return {"id": job.id, "attempted_at": job.attempted_at.astimezone(UTC).replace(tzinfo=None)}
