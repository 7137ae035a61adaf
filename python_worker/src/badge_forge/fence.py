"""What tells one attempt of a job from any other: a statement that has it touches nobody else's."""

from datetime import UTC
from typing import Any

from oban import Job


def fence(job: Job) -> dict[str, Any]:
    """Return the parameters `id` and `attempted_at`, as Oban's own acknowledgement is fenced.

    The column has no time zone, and means UTC. A value with one would be compared in the session's zone.
    """
    assert job.attempted_at is not None
    return {"id": job.id, "attempted_at": job.attempted_at.astimezone(UTC).replace(tzinfo=None)}
