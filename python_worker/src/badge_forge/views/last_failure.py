"""Why a job failed last, and what to do."""

from pydantic import BaseModel, ConfigDict

from badge_forge.views.job_events import JobRow, Time
from badge_forge.views.remedies import remedy

PROBLEMS = ("failed", "rescued", "cancelled", "discarded")
"""Events whose detail is an error, which can repeat a name. A failure is shown for them."""


class LastFailure(BaseModel):
    """Why the badge failed last, and what to do: `command` is None if no command fixes it.

    `reason` is what was recorded, and can contain the name; `cause` is a few words.
    """

    model_config = ConfigDict(frozen=True)

    at: Time
    queue: str
    job_id: int
    reason: str
    cause: str
    advice: str
    command: str | None


def last_failure(job: JobRow) -> LastFailure | None:
    """Return the last failure of `job`, None if it has not failed, or runs again."""
    if not (job.has_failed or job.state == "retryable"):
        return None
    last = next((event for event in reversed(job.events()) if event.what in PROBLEMS), None)
    if last is None:
        return None
    return LastFailure(
        at=last.at,
        queue=job.queue,
        job_id=job.id,
        reason=last.detail,
        **remedy(job.queue, last.detail, [job.id]).model_dump(),
    )
