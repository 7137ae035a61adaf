"""The latest badges: when each was finished, for whom, and how long it took."""

from rich.text import Text

from badge_forge.attendee import DEFAULT_DESIGN
from badge_forge.text.text import counted
from badge_forge.views.snapshot import LatestJob
from badge_forge.watch.columns import Column, in_columns
from badge_forge.watch.view import View, safe, wrapped
from badge_forge.watch.words import clock, seconds

NO_BADGE = (
    "No badge yet. `make demo` makes ten; in `make iex`, BadgeForge.enqueue_batch(10) enqueues ten more."
)

BADGE_COLUMNS = [
    Column("name", flexible=True),
    Column("type", most=10),
    Column("design", most=14, optional=True),
]
JOB_COLUMNS = [
    Column("queue", most=20),
    Column("worker", flexible=True),
    Column("job", right=True),
    Column("attempt", right=True, optional=True),
]


def jobs(view: View) -> list[LatestJob]:
    """Return the latest completed jobs that pass the filter, newest first."""
    return view.chosen.jobs(view.seen.snapshot.latest)


def title(view: View) -> str:
    """Return the title, with the filter and how many jobs pass it."""
    name = "Latest jobs" if view.any_table else "Latest badges"
    if not view.chosen.text:
        return name
    looked_at = len(view.seen.snapshot.latest)
    return f"{name} with {view.chosen.text!r}: {len(jobs(view))} of the latest {looked_at}"


def latest(view: View, width: int, height: int, selected: int | None = None) -> list[Text]:
    """Return at most `height` lines: titles and the latest jobs, with a mark at the job `selected`.

    `selected` is the id of a job, which is always among the lines.
    """
    if note := view.note():
        return wrapped(note, width, "yellow")
    found = jobs(view)
    if not found:
        return wrapped(_none(view), width)
    rows = max(1, height - 1)
    position = next((index for index, job in enumerate(found) if job.id == selected), 0)
    first = max(0, position - rows + 1)
    columns = [
        Column(""),
        Column("finished"),
        *(JOB_COLUMNS if view.any_table else BADGE_COLUMNS),
        Column("took", right=True),
    ]
    lines = [_row(view, job, job.id == selected) for job in found[first : first + rows]]
    return in_columns(columns, lines, width)[:height]


def _row(view: View, job: LatestJob, selected: bool) -> list[Text]:
    cells = [
        "›" if selected else " ",
        clock(job.completed_at, view.seen.snapshot.taken_at),
        *(_job(job) if view.any_table else _badge(job)),
        seconds(job.duration_s),
    ]
    return [Text(cell, "bold" if selected else "") for cell in cells]


def _badge(job: LatestJob) -> list[str]:
    return [safe(job.name), safe(job.type, 40), safe(job.design or DEFAULT_DESIGN, 60)]


def _job(job: LatestJob) -> list[str]:
    return [safe(job.queue, 60), safe(job.worker), str(job.id), str(job.attempt)]


def _none(view: View) -> str:
    if view.chosen.text:
        return f"None of the {counted(len(view.seen.snapshot.latest), 'latest job')} matches the filter."
    return "No job has completed yet." if view.any_table else NO_BADGE
