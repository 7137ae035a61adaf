"""The running applications: workers with their renderers, and print centers."""

import math
from typing import Any

from rich.text import Text

from badge_forge import registry
from badge_forge.settings import COMMAND
from badge_forge.text.text import counted
from badge_forge.views.applications import KINDS, START, home_queue
from badge_forge.views.pauses import since
from badge_forge.views.snapshot import Node
from badge_forge.watch.columns import Column, in_columns
from badge_forge.watch.view import View, safe, wrapped
from badge_forge.watch.words import age

COLUMNS = [
    Column("", most=20),
    Column("", most=36),
    Column(""),
    Column(""),
    Column("", flexible=True),
]

NODE_LENGTH = 60

MOST_RENDERERS = 8
"""Most renderers whose memory is listed one by one."""


def nodes(view: View, width: int, height: int) -> list[Text]:
    """Return at most `height` lines: what is missing, then a line for each node, live ones first."""
    found = sorted(
        view.chosen.queues(view.seen.snapshot.nodes),
        key=lambda node: (node.silent, node.queue, node.node),
    )
    lines = [part for line in paused(view) for part in wrapped(line, width, "bold yellow")]
    lines += [part for line in missing(view) for part in wrapped(line, width, "bold red")]
    rows = [_row(node, view.any_table) for node in found]
    lines += in_columns(COLUMNS, rows, width, titles=False) if rows else []
    if len(lines) > height:
        left = len(lines) - height + 1
        lines[height - 1 :] = [Text(f"… and {left} more", "dim")]
    return lines or [Text("none", "dim")]


def missing(view: View) -> list[str]:
    """Return a line for each application that does not run, and each queue that none takes."""
    if view.any_table:
        return []
    live = {node.queue for node in view.seen.snapshot.nodes if not node.silent}
    wanted = view.chosen.fields.get("queue", "")
    absent = [
        f"No {KINDS[queue]} is running: `{START[queue]}` starts one"
        for queue in KINDS
        if queue not in live and wanted in queue
    ]
    return absent + [
        f"No {KINDS[home]} takes the queue {queue.name}: restart it, `{START[home]}`"
        for queue in registry.queues()
        if (home := home_queue(queue.name)) in live and queue.name not in live and wanted in queue.name
    ]


def paused(view: View) -> list[str]:
    """Return a line for each queue whose pause is remembered."""
    snapshot = view.seen.snapshot
    return [
        f"The queue {name} is paused {since(pause.paused_at, snapshot.taken_at)}: "
        f"`{COMMAND} resume {name}` continues it"
        for pause in view.chosen.queues(snapshot.paused)
        for name in [safe(pause.queue, NODE_LENGTH)]
    ]


def _row(node: Node, any_table: bool) -> list[Text]:
    kind = node.queue if any_table else KINDS.get(node.queue, node.queue)
    style = "red" if node.silent else ""
    limit = "" if node.job_limit is None else f" of {node.job_limit:g}"
    return [
        Text(safe(kind, NODE_LENGTH), style),
        Text(safe(node.node, NODE_LENGTH), style),
        Text(f"{node.executing}{limit} {'job' if f'{node.executing}{limit}' == '1' else 'jobs'}", style),
        _heartbeat(node),
        _state(node),
    ]


def _heartbeat(node: Node) -> Text:
    if node.seen_ago_s is None:
        return Text("not reported", "dim")
    # Rounded up: nodes report every second, and the line need not change between "0 s" and "1 s".
    return Text(f"{age(math.ceil(node.seen_ago_s))} ago", "red" if node.silent else "green")


def _state(node: Node) -> Text:
    if node.silent:
        return Text("silent: it hangs or was killed", "bold red")
    words = [Text("paused", "bold yellow")] if node.paused else []
    if node.renderers:
        words.append(Text(renderers(node.renderers)))
    return Text(", ").join(words)


def renderers(reported: dict[str, Any]) -> str:
    """Return what a worker reports of its renderers in words. What is not a number is left out."""
    count, busy, restarts = (_whole(reported.get(key)) for key in ("count", "busy", "restarts"))
    memory = reported.get("memory_mib")
    sizes = (
        [each for each in memory if isinstance(each, int | float)] if isinstance(memory, list) else []
    )
    words = []
    if count is not None:
        words.append(counted(count, "renderer"))
    if busy is not None:
        words.append(f"{busy} busy")
    if sizes:
        each = " + ".join(f"{size:.0f}" for size in sizes)
        words.append(f"{each if len(sizes) <= MOST_RENDERERS else format(sum(sizes), '.0f')} MiB")
    if restarts:
        words.append(counted(restarts, "restart"))
    return ", ".join(words)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
