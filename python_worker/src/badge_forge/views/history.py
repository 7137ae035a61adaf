"""The history of one badge, across its jobs of both queues and its file. For `why` and the wall."""

import asyncio
import re
from pathlib import Path

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from pydantic import BaseModel, ConfigDict, computed_field

from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import BADGES, PRINTING
from badge_forge.settings import COMMAND
from badge_forge.text.like import containing
from badge_forge.text.text import one_line, unaccented
from badge_forge.views.badge_file import BadgeFile, look_at
from badge_forge.views.badge_state import State, badge_state
from badge_forge.views.hold_up import HoldUp, hold_up
from badge_forge.views.job_events import Event, JobRow, Time
from badge_forge.views.last_failure import LastFailure, last_failure
from badge_forge.views.recorded_error import REPRINT

FIND_BADGES = statement(__package__, "find_badges")
BADGE_JOBS = statement(__package__, "badge_jobs")

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ID_PREFIX = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class FoundBadge(_Model):
    """A badge that a search found. A field is None if the row does not have it."""

    id: str
    name: str | None
    company: str | None
    type: str | None
    batch_id: str | None
    enqueued_at: Time
    badge_state: str | None
    print_state: str | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def state(self) -> State:
        """How far the badge is."""
        return badge_state(self.badge_state, self.print_state)


class JobSummary(_Model):
    """A job of a badge. `next_attempt_at` is set if the job waits for that time."""

    id: int
    queue: str
    state: str
    attempt: int
    max_attempts: int
    priority: int
    node: str | None
    next_attempt_at: Time | None


class History(_Model):
    """What happened to one badge. The name is in `name`, `file`, and some details and reasons.

    `failure` is that of the job that the badge waits for, and `hold_up` is why no node takes that job.
    """

    id: str
    name: str | None
    company: str | None
    type: str | None
    title: str | None
    event: str | None
    design: str | None
    batch_id: str | None
    state: State
    jobs: list[JobSummary]
    events: list[Event]
    file: BadgeFile | None
    failure: LastFailure | None
    hold_up: HoldUp | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def reprints(self) -> int:
        """How often it was printed again, or is to be."""
        return sum(is_reprint(event) for event in self.events)


def is_reprint(event: Event) -> bool:
    """Tell whether `event` is a request to print the badge again. Its detail is the reason."""
    return event.what == "retried" and REPRINT.match(event.detail) is not None


async def find(connection: AsyncConnection, text: str, limit: int = 20) -> list[FoundBadge]:
    """Return the badges with the id, e-mail or ticket `text`, an id that begins so, or it in the name.

    The newest come first, at most `limit`. The first characters of an id are at least 8. Names are
    compared without regard to case and accents, in the whole table. Raises `psycopg.Error`.
    """
    text = text.strip()
    if not text or "\0" in text:
        return []
    if UUID.fullmatch(text.lower()):
        rows = await _jobs(connection, text.lower())
        return [_found(text.lower(), rows)] if rows else []
    parameters = {
        "name": containing(text),
        "unaccented": containing(unaccented(text)),
        "id": f"{text.lower()}%" if ID_PREFIX.fullmatch(text.lower()) else None,
        "exact": text,
        "limit": limit,
    }
    async with connection.cursor(row_factory=class_row(FoundBadge)) as cursor:
        await cursor.execute(FIND_BADGES, parameters)
        return await cursor.fetchall()


async def history(
    connection: AsyncConnection, badge_id: str, badges_dir: Path | None = None
) -> History | None:
    """Return the history of the badge `badge_id`, None if no job has this id.

    With `badges_dir`, its PDF is looked at, too. Raises `psycopg.Error`.
    """
    if not UUID.fullmatch(badge_id):
        return None
    jobs = await _jobs(connection, badge_id)
    if not jobs:
        return None
    found = _found(badge_id, jobs)
    current = _current(jobs)
    newest = _newest(jobs, BADGES) or jobs[-1]
    confirmed = next(((job.path, job.sha256) for job in reversed(jobs) if job.path), None)
    return History(
        **found.model_dump(include={"id", "name", "company", "type", "batch_id", "state"}),
        title=newest.title,
        event=newest.event,
        design=newest.design,
        jobs=[_summary(job) for job in jobs],
        events=sorted((event for job in jobs for event in job.events()), key=lambda event: event.at),
        file=await asyncio.to_thread(look_at, *confirmed, badges_dir) if confirmed else None,
        failure=last_failure(current),
        hold_up=await _hold_up(connection, current),
    )


async def _hold_up(connection: AsyncConnection, job: JobRow) -> HoldUp | None:
    """Return why no node takes the job, or what its printer says."""
    if job.state == "available" and (found := await hold_up(connection, job.queue)):
        return found
    if job.held_up and job.state in ("available", "scheduled", "executing"):
        return HoldUp(reason=one_line(job.held_up, 300), command=f"{COMMAND} printers")
    return None


async def _jobs(connection: AsyncConnection, badge_id: str) -> list[JobRow]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(BADGE_JOBS, {"badge_id": badge_id})
        return [JobRow.model_validate(row) for row in await cursor.fetchall()]


def _newest(jobs: list[JobRow], queue: str) -> JobRow | None:
    return next((job for job in reversed(jobs) if job.queue == queue), None)


def _found(badge_id: str, jobs: list[JobRow]) -> FoundBadge:
    badge, printing = _newest(jobs, BADGES), _newest(jobs, PRINTING)
    newest = badge or jobs[-1]
    return FoundBadge(
        id=badge_id,
        name=newest.name,
        company=newest.company,
        type=newest.type,
        batch_id=newest.batch_id,
        enqueued_at=newest.inserted_at,
        badge_state=badge and badge.state,
        print_state=printing and printing.state,
    )


def _summary(job: JobRow) -> JobSummary:
    waits = job.state in ("scheduled", "retryable")
    return JobSummary(
        **job.model_dump(include=set(JobSummary.model_fields) - {"next_attempt_at"}),
        next_attempt_at=job.scheduled_at if waits else None,
    )


def _current(jobs: list[JobRow]) -> JobRow:
    """Return the job that the badge waits for, or that ended last."""
    badge, printing = _newest(jobs, BADGES), _newest(jobs, PRINTING)
    return printing if printing and (badge is None or badge.state == "completed") else badge or jobs[-1]
