"""Print the history of a badge in plain words, on one screen."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from badge_forge.cli.local_time import clock, duration, zone
from badge_forge.jobs.wire import BADGES
from badge_forge.text.text import counted, one_line
from badge_forge.views.history import FoundBadge, History, is_reprint
from badge_forge.views.job_events import Event, What
from badge_forge.views.last_failure import PROBLEMS

OTHER_LINES = 16
"""Lines of a terminal that are left for what is not an event."""

LEAST_EVENTS = 8
"""The events that are shown on a terminal of any height. If there are more, the oldest are left out."""

NODE_LENGTH = 30
"""Most characters of a node: the event fits on a line of 80 columns."""

SHOWN_LENGTH = 300
"""Most characters of a name or a reason."""

ID_LENGTH = 8

STATES = {
    "waiting": "waiting to be rendered",
    "rendering": "being rendered",
    "retrying": "not rendered yet, to be tried again",
    "rendered": "rendered, waiting to be printed",
    "printing": "being printed",
    "printed": "printed",
    "failed": "failed",
}

STYLES = {"printed": "green", "failed": "bold red", "retrying": "yellow"}
"""The styles of states."""

PROBLEM = "red"

UUID = re.compile(r"([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

WORDS: dict[What, tuple[str, str]] = {
    "enqueued": ("enqueued", "enqueued"),
    "confirmed": ("sent to print", "sent to print"),
    "retried": ("retried", "retried"),
    "started": ("rendering began", "printing began"),
    "failed": ("rendering failed", "printing failed"),
    "rescued": ("rescued", "rescued"),
    "snoozed": ("put off", "put off"),
    "cancelled": ("cancelled", "print cancelled"),
    "discarded": ("given up", "print given up"),
    "rendered": ("rendered", "rendered"),
    "printed": ("printed", "printed"),
    "settled": ("settled", "settled"),
}
"""The words for an event of a badge job, and of a print."""


def print_found(found: Sequence[FoundBadge]) -> None:
    """Print badges to choose from: the first characters of the id are enough, if no two begin so."""
    starts = Counter(badge.id[:ID_LENGTH] for badge in found)
    lengths = (22, 19) if _console().is_terminal else (SHOWN_LENGTH, SHOWN_LENGTH)
    rows = []
    for badge in found:
        start = badge.id[:ID_LENGTH]
        words = one_line(badge.name, lengths[0]), one_line(badge.company, lengths[1])
        enqueued = f"{badge.enqueued_at.astimezone():%b %d %H:%M}"
        shown = badge.id if starts[start] > 1 else start
        rows.append([Text(word) for word in (one_line(shown, 40), *words, badge.state, enqueued)])
    _print_rows(rows, unbroken={0, 3, 4})


def print_history(told: History) -> None:
    """Print the history of a badge. Without a terminal, each event is one line, without colours."""
    console = _console()
    about = [one_line(word, SHOWN_LENGTH) for word in (told.name, told.type, told.company) if word]
    console.print(Text(" · ".join(about), "bold"), soft_wrap=True)
    console.print()
    most = max(LEAST_EVENTS, console.height - OTHER_LINES) if console.is_terminal else None
    _print_rows(list(_rows(told, most)), unbroken={0, 1})
    console.print()
    for line in _conclusion(told):
        console.print(line, soft_wrap=True)


def _console() -> Console:
    return Console(highlight=False)


def _print_rows(rows: Sequence[Sequence[Text]], unbroken: Collection[int]) -> None:
    """Print `rows` in columns on a terminal, else each in one line of any length.

    The columns `unbroken` are as wide as they need.
    """
    console = _console()
    if not console.is_terminal:
        for row in rows:
            console.print(Text("  ").join(cell for cell in row if cell), soft_wrap=True)
        return
    table = Table.grid(padding=(0, 2))
    for number in range(len(rows[0])):
        table.add_column(no_wrap=number in unbroken, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _rows(told: History, most: int | None) -> Iterator[tuple[Text, Text, Text]]:
    """Yield time, words and details of the events: the first, and the newest others, `most` in all.

    Equal failures in a row are one, the last.
    """
    groups = [list(group) for _same, group in groupby(told.events, key=_same_failure)]
    left_out = groups[1 : 1 + max(0, len(groups) - most)] if most else []
    day = ""
    for number, group in enumerate(groups):
        if 1 <= number <= len(left_out):
            if number == 1:
                yield Text("…"), Text(counted(len(left_out), "event")), Text("--json shows all")
            continue
        event = group[-1]
        local = event.at.astimezone()
        if f"{local:%x}" != day:
            day = f"{local:%x}"
            yield Text(f"{local:%Y-%m-%d}", "dim"), Text(), Text()
        words = "reprint" if is_reprint(event) else WORDS[event.what][event.queue != BADGES]
        times = f", {len(group)} times" if len(group) > 1 else ""
        style = PROBLEM if event.what in PROBLEMS else ""
        yield Text(clock(event.at)), Text(words + times, style), Text(_details(event))


def _same_failure(event: Event) -> object:
    """Return a key that is equal for failures of one job with one reason."""
    if event.what in ("failed", "rescued"):
        return event.what, event.job_id, event.detail
    return id(event)


def _details(event: Event) -> str:
    took = None if event.duration_s is None else duration(event.duration_s)
    details = []
    if event.what == "started":
        details += [f"on {one_line(event.node, NODE_LENGTH)}"] if event.node else []
        details += [f"attempt {event.attempt}"] if (event.attempt or 0) > 1 else []
        details += [f"after waiting {took}"] if took else []
    elif event.what in ("rendered", "printed"):
        details += [f"by {one_line(event.node, NODE_LENGTH)}"] if event.node else []
        details += [f"in {took}"] if took else []
    elif event.what in ("enqueued", "confirmed"):
        details += [f"job {event.job_id}", UUID.sub(r"\1…", one_line(event.detail, SHOWN_LENGTH))]
    else:
        details += [f"attempt {event.attempt}"] if event.what == "failed" and event.attempt else []
        details += [f"after {took}"] if took and event.what in PROBLEMS else []
        detail = event.detail.removeprefix("rescued: ") if event.what == "rescued" else event.detail
        detail = detail.removeprefix("reprint ") if is_reprint(event) else detail
        details += [one_line(detail, SHOWN_LENGTH)] if detail else []
    return ", ".join(details)


def _conclusion(told: History) -> Iterator[Text]:
    yield Text.assemble("State:  ", (STATES[told.state], STYLES.get(told.state, "")))
    if told.reprints:
        last = next(event for event in reversed(told.events) if is_reprint(event))
        times = counted(told.reprints, "time")
        why = one_line(last.detail.partition(": ")[2], SHOWN_LENGTH)
        yield Text(f"Again:  asked for again {times}, the last time: {why}")
    for job in told.jobs:
        if job.next_attempt_at:
            wait_s = (job.next_attempt_at - datetime.now(UTC)).total_seconds()
            within = f", in {duration(wait_s)}" if wait_s > 0 else ""
            yield Text(f"Next:   attempt {job.attempt + 1} at {clock(job.next_attempt_at)}{within}")
    if told.hold_up:
        yield Text.assemble("Why:    ", (told.hold_up.reason, PROBLEM))
        yield Text(f"Fix:    {told.hold_up.command}")
    if told.failure:
        yield Text.assemble("Why:    ", (one_line(told.failure.cause, SHOWN_LENGTH), PROBLEM))
        yield Text(f"Fix:    {one_line(told.failure.advice, SHOWN_LENGTH)}")
        if told.failure.command:
            yield Text(f"        {told.failure.command}")
    if told.file:
        yield Text(f"File:   {one_line(told.file.name, SHOWN_LENGTH)}, {_file(told)}")
    design = f", design {one_line(told.design, 60)}" if told.design else ""
    yield Text(f"Badge:  {told.id}{design}")
    if told.batch_id:
        yield Text(f"Batch:  {one_line(told.batch_id, 60)}")
    yield Text(f"Times:  {zone(told.events[-1].at)}", "dim")


def _file(told: History) -> str:
    assert told.file
    if told.file.size is None:
        return "missing from the badges folder"
    changed = ", changed since it was confirmed" if told.file.changed else ""
    return f"{told.file.size:,} bytes{changed}"
