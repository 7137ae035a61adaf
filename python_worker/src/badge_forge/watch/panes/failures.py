"""The failures, grouped by cause: how many, and the command that fixes them."""

from rich.text import Text

from badge_forge.text.text import counted
from badge_forge.views.job_states import FAILED
from badge_forge.views.remedies import Remedy, remedy
from badge_forge.views.snapshot import Failure
from badge_forge.watch.columns import Column, in_columns
from badge_forge.watch.view import View, safe
from badge_forge.watch.words import clock, number

LONG = 4
"""Most lines of a group with its reason and the advice. Without, it has two."""

RETRYABLE = "retryable"
"""The state of a job that Oban tries again later."""

INDENT = " " * 9
COLUMNS = [
    Column("", most=9),
    Column("", most=20),
    Column("", flexible=True),
    Column("", right=True),
]


def groups(view: View) -> list[Failure]:
    """Return the groups of the chosen queues, given up, retried or held up, the largest first."""
    snapshot = view.seen.snapshot
    found = view.chosen.queues([*snapshot.failures, *snapshot.retrying, *snapshot.held_up])
    return sorted(found, key=lambda group: -group.jobs)


def title(view: View) -> str:
    """Return the title, which says so if only the newest failures were grouped."""
    snapshot = view.seen.snapshot
    failed = [row for row in snapshot.counts if row.state in FAILED]
    total = sum(row.jobs for row in view.chosen.queues(failed))
    grouped = sum(group.jobs for group in view.chosen.queues(snapshot.failures))
    return f"Failures: the newest {grouped:,} of {total:,}" if 0 < grouped < total else "Failures"


def failures(view: View, width: int, height: int, selected: int | None = None) -> list[Text]:
    """Return at most `height` lines. The group at index `selected` is marked, and has its reason."""
    found = groups(view)
    if not found:
        return [Text("none", "dim")]
    all_long = height >= (LONG + 1) * len(found)
    remedies = [None if view.any_table else remedy_of(group) for group in found]
    heads = in_columns(
        COLUMNS,
        [
            _head(view, group, known, index == selected)
            for index, (group, known) in enumerate(zip(found, remedies, strict=True))
        ],
        width,
        titles=False,
    )
    blocks = [
        [head, *(_details(group, known, width, all_long or index == selected) if known else [])]
        for index, (head, group, known) in enumerate(zip(heads, found, remedies, strict=True))
    ]
    if all_long:
        for block in blocks[:-1]:
            block.append(Text())
    return _fitting(blocks, height, selected or 0)


def remedy_of(group: Failure) -> Remedy:
    """Return the remedy of a group of Badge Forge's jobs."""
    return remedy(group.queue, group.reason, group.ids, group.jobs)


def _head(view: View, group: Failure, known: Remedy | None, selected: bool) -> list[Text]:
    style = "bold yellow" if group.state == RETRYABLE else "bold red"
    return [
        Text("› " if selected else "  ") + Text(f"{number(group.jobs):>5}", style),
        Text(safe(group.queue, 60), "dim"),
        Text(known.cause if known else _reason(group), "bold" if selected else ""),
        Text(f"{group.state} {clock(group.failed_at, view.seen.snapshot.taken_at)}", "dim"),
    ]


def _details(group: Failure, known: Remedy, width: int, long: bool) -> list[Text]:
    """Return the command, or else the advice. If `long`, return also the reason and the advice."""
    lines = []
    if long and _reason(group) not in known.cause:
        lines.append(_indented(_reason(group), width, "dim"))
    if long or not known.command:
        advice = (
            f"Oban retries these later. {known.advice}" if group.state == RETRYABLE else known.advice
        )
        lines.append(_indented(advice, width))
    if known.command:
        lines.append(_indented(known.command, width, "bold green"))
    return lines


def _reason(group: Failure) -> str:
    return safe(group.reason or "no reason was recorded")


def _indented(text: str, width: int, style: str = "") -> Text:
    line = Text.assemble(INDENT, (text, style), no_wrap=True)
    line.truncate(width, overflow="ellipsis")
    return line


def _fitting(blocks: list[list[Text]], height: int, selected: int) -> list[Text]:
    """Return whole blocks in `height` lines, such that the one at `selected` is among them."""
    first = 0
    while first < selected and sum(map(len, blocks[first : selected + 1])) >= height:
        first += 1
    lines: list[Text] = []
    for index, block in enumerate(blocks[first:], first):
        more = len(blocks) - index
        room = height - len(lines) - (more > 1)  # for the line that says how many more there are
        if lines and len(block) > room:
            lines.append(Text(f"{INDENT}… and {counted(more, 'more cause')}", "dim"))
            break
        lines += block
    return lines[:height]
