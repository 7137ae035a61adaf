"""The queues: their jobs by state, their rate, and when they will be empty."""

from rich.text import Text

from badge_forge import registry
from badge_forge.views.job_states import FAILED, UNFINISHED, WAITING
from badge_forge.views.pauses import since
from badge_forge.views.snapshot import Snapshot
from badge_forge.watch.columns import Cell, Column, in_columns
from badge_forge.watch.view import WIDE, View, safe
from badge_forge.watch.words import number, rate, seconds

STATES = {
    "waiting": WAITING,
    "executing": ("executing",),
    "retryable": ("retryable",),
    "completed": ("completed",),
    "failed": FAILED,
}
ALL_STATES = {
    "available": ("available",),
    "scheduled": ("scheduled", "suspended"),
    "executing": ("executing",),
    "retryable": ("retryable",),
    "completed": ("completed",),
    "cancelled": ("cancelled",),
    "discarded": ("discarded",),
}
STYLES = {"executing": "cyan", "retryable": "yellow", "completed": "green"} | dict.fromkeys(
    ("failed", *FAILED), "bold red"
)

QUEUE_LENGTH = 60


def queues(view: View, width: int) -> list[Text]:
    """Return a line of titles and a line for each queue."""
    wide = width >= WIDE
    states = ALL_STATES if wide else STATES
    columns = [
        Column("queue", most=40 if wide else 20),
        *(Column(state, right=True, optional=state == "retryable") for state in states),
        Column("rate", right=True),
        Column("empty in", right=True),
    ]
    snapshot = view.seen.snapshot
    rows: list[list[Cell]] = [
        [
            safe(queue, QUEUE_LENGTH),
            *(_count(snapshot, queue, states[state], STYLES.get(state, "")) for state in states),
            rate(snapshot.per_second(queue)),
            _empty_in(view, queue),
        ]
        for queue in names(view)
    ]
    return in_columns(columns, rows, width, gap=4 if wide else 2) if rows else [Text("no jobs", "dim")]


def names(view: View) -> list[str]:
    """Return the names of the chosen queues: the registry's first, whether or not they have jobs."""
    own = [] if view.any_table else registry.names()
    wanted = view.chosen.fields.get("queue", "")
    found = dict.fromkeys([*own, *view.seen.snapshot.queues()])
    return [name for name in found if wanted in name.casefold()]


def count(snapshot: Snapshot, queue: str, states: tuple[str, ...]) -> tuple[int, bool]:
    """Return the number of jobs of `queue` in `states`, and whether it is an estimate."""
    counts = [row for row in snapshot.counts if row.queue == queue and row.state in states]
    return sum(row.jobs for row in counts), any(row.estimated for row in counts)


def _count(snapshot: Snapshot, queue: str, states: tuple[str, ...], style: str) -> Text:
    jobs, estimated = count(snapshot, queue, states)
    return Text(number(jobs, estimated), style if jobs else "dim")


def _empty_in(view: View, queue: str) -> Text:
    snapshot = view.seen.snapshot
    if paused_at := snapshot.paused_at(queue):
        return Text(f"paused {since(paused_at, snapshot.taken_at)}", "bold yellow")
    left_s = snapshot.time_to_empty_s(queue)
    if not snapshot.jobs(queue, *UNFINISHED):
        return Text("empty", "dim")
    if left_s is not None:
        return Text(seconds(left_s), "bold")
    waits = snapshot.jobs(queue, "available") and not snapshot.jobs(queue, "executing")
    return Text("stopped", "yellow") if waits and not view.note() else Text("-", "dim")
