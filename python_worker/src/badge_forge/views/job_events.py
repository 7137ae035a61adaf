"""What happened to a job, as far as its row tells.

Oban overwrites the start of an attempt with that of the next, and keeps the errors of all attempts. So
the start, the node and the duration are known of the last attempt only.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from badge_forge.jobs.failed import MORE_ATTEMPTS
from badge_forge.jobs.wire import BADGES
from badge_forge.views.job_states import FAILED
from badge_forge.views.recorded_error import kind, reason

What = Literal[
    "enqueued",
    "confirmed",
    "retried",
    "started",
    "failed",
    "rescued",
    "snoozed",
    "cancelled",
    "discarded",
    "rendered",
    "printed",
    "settled",
]
"""`settled`: a person found a print in the tray.

`confirmed` is the insert of a print. `discarded` is the failure of the last attempt."""

NOTICEABLE_S = 1.0
"""A job that was inserted to run this much later was scheduled."""


def _in_utc(time: Any) -> Any:
    """Return `time` with a time zone: Oban's columns are without one, in UTC."""
    return time.replace(tzinfo=UTC) if isinstance(time, datetime) and time.tzinfo is None else time


Time = Annotated[datetime, BeforeValidator(_in_utc)]


class Event(BaseModel):
    """Something that happened to a job. `detail` says more, in plain words, and can be empty.

    `duration_s` of a start is the time that the job waited, of an end the time that its attempt took.
    """

    model_config = ConfigDict(frozen=True)

    at: Time
    what: What
    queue: str
    job_id: int
    attempt: int | None = None
    detail: str = ""
    node: str | None = None
    duration_s: float | None = None


class JobRow(BaseModel):
    """A row of `badge_jobs.sql`."""

    model_config = ConfigDict(frozen=True)

    id: int
    queue: str
    state: str
    attempt: int
    max_attempts: int
    priority: int
    name: str | None
    company: str | None
    type: str | None
    title: str | None
    event: str | None
    design: str | None
    path: str | None
    sha256: str | None
    batch_id: str | None
    held_up: str | None = None
    node: str | None
    inserted_at: Time
    scheduled_at: Time
    attempted_at: Time | None
    completed_at: Time | None
    cancelled_at: Time | None
    discarded_at: Time | None
    errors: list[dict[str, Any]]

    @property
    def has_failed(self) -> bool:
        """Whether the job is cancelled or discarded."""
        return self.state in FAILED

    def events(self) -> list[Event]:
        """Return what happened to the job, in the order of time."""
        found = sorted(self._errors(), key=lambda event: event.at)
        if self.attempted_at:
            found.append(self._event(self.attempted_at, "started", **self._waited(found)))
        if self.state == "completed" and self.completed_at:
            what: What = "rendered" if self.queue == BADGES else "printed"
            found.append(self._event(self.completed_at, what, **self._took(self.completed_at)))
        if self.has_failed and not any(event.what == self.state for event in found):
            at = (
                self.cancelled_at if self.state == "cancelled" else self.discarded_at
            ) or self.inserted_at
            what = "cancelled" if self.state == "cancelled" else "discarded"
            found.append(self._event(at, what, detail="no reason was recorded"))
        if self._was_retried(found) and not any(event.what == "retried" for event in found):
            found.append(self._event(self.scheduled_at, "retried", attempt=None))
        elif self.state == "scheduled" and self.attempt:
            found.append(self._event(self.scheduled_at, "snoozed", detail="runs again at this time"))
        return [self._enqueued(), *sorted(found, key=lambda event: event.at)]

    def _enqueued(self) -> Event:
        what: Literal["enqueued", "confirmed"] = "enqueued" if self.queue == BADGES else "confirmed"
        words = [f"priority {self.priority}"]
        if self.batch_id:
            words.insert(0, f"batch {self.batch_id}")
        later_s = (self.scheduled_at - self.inserted_at).total_seconds()
        if later_s > NOTICEABLE_S and not self.attempt and not self.errors:
            words.append(f"to run {later_s:.0f} s later")
        return self._event(self.inserted_at, what, attempt=None, detail=", ".join(words), node=None)

    def _errors(self) -> Iterator[Event]:
        for number, error in enumerate(self.errors):
            at = _time(error.get("at")) or self.attempted_at or self.inserted_at
            attempt = error.get("attempt")
            attempt = attempt if type(attempt) is int else None
            said = str(error.get("error") or "")
            is_last = number == len(self.errors) - 1
            ended = is_last and self.state == "discarded"
            what = "discarded" if ended else kind(said)
            if what in ("retried", "settled"):  # between two attempts
                attempt = None
            more = self._took(at) if attempt == self.attempt else {"node": None}
            yield self._event(at, what, detail=reason(said), **{"attempt": attempt, **more})

    def _was_retried(self, found: list[Event]) -> bool:
        """Tell whether the job was retried at `scheduled_at`, which a retry sets.

        A cancelled job runs again only if it is retried. `badge-forge retry` also raises the attempts of
        a badge, to `MORE_ATTEMPTS` more than were used.
        """
        if self.scheduled_at <= self.inserted_at or self.state == "retryable":
            return False
        errors = [event for event in found if event.what not in ("started", "rendered", "printed")]
        before = [event for event in errors if event.at <= self.scheduled_at]
        if before and before[-1].what == "cancelled":
            return True
        used = self.max_attempts - MORE_ATTEMPTS
        later = any(event.attempt is not None and event.attempt > used for event in errors)
        return self.queue == BADGES and 1 <= used <= self.attempt and not later

    def _waited(self, before: list[Event]) -> dict[str, Any]:
        assert self.attempted_at
        due = self.scheduled_at if self.scheduled_at <= self.attempted_at else self.inserted_at
        return {"duration_s": max(0.0, (self.attempted_at - due).total_seconds())}

    def _took(self, end: datetime) -> dict[str, Any]:
        if self.attempted_at is None:
            return {}
        return {"duration_s": max(0.0, (end - self.attempted_at).total_seconds())}

    def _event(self, at: datetime, what: Any, **more: Any) -> Event:
        known = {"attempt": self.attempt, "node": self.node} | more
        return Event(at=at, what=what, queue=self.queue, job_id=self.id, **known)


def _time(text: object) -> datetime | None:
    try:
        time: datetime = _in_utc(datetime.fromisoformat(str(text)))
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
