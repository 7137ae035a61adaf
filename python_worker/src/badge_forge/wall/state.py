"""What the page shows around the badges: counts, rates, nodes, failures and problems in words."""

from collections.abc import Sequence
from typing import Any

from badge_forge.jobs.wire import BADGES, PRINTING
from badge_forge.settings import COMMAND
from badge_forge.text.text import counted, one_line
from badge_forge.views.applications import KINDS, START
from badge_forge.views.job_states import FAILED, UNFINISHED, WAITING
from badge_forge.views.pauses import Pause, since
from badge_forge.views.progress import BUCKET_S, Batches, Throughput, per_second
from badge_forge.views.remedies import remedy
from badge_forge.views.snapshot import Failure, Node, Snapshot
from badge_forge.views.table import Table
from badge_forge.wall.names import Names

LONGEST_REASON = 200

MOST_SHOWN = 20
"""Most nodes and failures that the page shows."""


def state(
    snapshot: Snapshot, table: Table, throughput: Throughput, batches: Batches, names: Names
) -> dict[str, Any]:
    """Return the `state` event. It has no ages, so that it only changes when there is news."""
    rendered, printed = throughput.rendered(), throughput.printed()
    return {
        "counts": _counts(snapshot),
        "estimated": any(count.estimated for count in snapshot.counts),
        "throughput": {"bucket_s": BUCKET_S, "rendered": rendered, "printed": printed},
        "per_second": round(per_second(printed), 1),
        "time_to_empty_s": time_to_empty_s(
            snapshot, {BADGES: per_second(rendered), PRINTING: per_second(printed)}
        ),
        "nodes": [_node(node) for node in snapshot.nodes[:MOST_SHOWN]],
        "problems": [
            *(problems(snapshot.nodes, snapshot.paused) if table.has_producers else []),
            *held_up(snapshot.held_up),
        ],
        "failures": [
            _failure(failure, names) for failure in snapshot.failures if failure.queue in KINDS
        ][:MOST_SHOWN],
        "batches": [batch.model_dump() for batch in batches.batches],
        "batches_complete": batches.complete,
        "designs": batches.designs,
        "types": batches.types,
        "names": names.mode,
    }


def _counts(snapshot: Snapshot) -> dict[str, int]:
    """Return the badges by state. A badge whose print waits counts as rendered."""
    jobs = snapshot.jobs
    return {
        "waiting": jobs(BADGES, *WAITING),
        "rendering": jobs(BADGES, "executing"),
        "retrying": jobs(BADGES, "retryable"),
        "rendered": jobs(PRINTING, *WAITING, "retryable"),
        "printing": jobs(PRINTING, "executing"),
        "printed": jobs(PRINTING, "completed"),
        "failed": jobs(BADGES, *FAILED) + jobs(PRINTING, *FAILED),
    }


def time_to_empty_s(snapshot: Snapshot, rates: dict[str, float]) -> int | None:
    """Return the seconds until both queues are empty at these `rates`, None if that is not known.

    Each badge that waits will also have to be printed.
    """
    to_render = snapshot.jobs(BADGES, *UNFINISHED)
    to_print = to_render + snapshot.jobs(PRINTING, *UNFINISHED)
    if not to_print:
        return 0
    if not rates[PRINTING] or (to_render and not rates[BADGES]):
        return None
    return round(max(to_print / rates[PRINTING], to_render / rates[BADGES] if to_render else 0))


def problems(nodes: list[Node], pauses: Sequence[Pause] = ()) -> list[str]:
    """Say in words which queue has no node, and which node has stopped reporting."""
    found = []
    paused_at = {pause.queue: pause.paused_at for pause in pauses}
    for queue, what in KINDS.items():
        reporting = [node for node in nodes if node.queue == queue and node.seen_ago_s is not None]
        alive = [node for node in reporting if not node.silent]
        if not alive:
            found.append(f"No {what} is running. Start one with `{START[queue]}`.")
        if all(node.paused for node in alive) and (alive or queue in paused_at):
            words = f"paused {since(paused_at[queue])}" if queue in paused_at else "paused"
            found.append(f"The {what} is {words}. Continue with `{COMMAND} resume {queue}`.")
        found.extend(
            f"The {what} on {node.node} does not report any more: it hangs or was killed."
            for node in reporting
            if node.silent
        )
    return found


def held_up(groups: Sequence[Failure]) -> list[str]:
    """Say which printer holds badges up, in its words, and how many."""
    return [
        f"{one_line(group.reason, LONGEST_REASON)}: "
        f"{counted(group.jobs, 'badge waits', 'badges wait')} for it."
        for group in groups[:MOST_SHOWN]
        if group.queue == PRINTING
    ]


def _failure(failure: Failure, names: Names) -> dict[str, Any]:
    """Return a group of failures with what fixes them. An unknown cause repeats the reason."""
    fix = remedy(failure.queue, failure.reason, failure.ids, failure.jobs)
    shown = {"jobs": failure.jobs, "queue": failure.queue, "advice": fix.advice, "command": fix.command}
    return shown | {"cause": fix.cause if names.full else names.reason(failure.reason)}


def _node(node: Node) -> dict[str, Any]:
    return {
        "node": node.node,
        "queue": node.queue,
        "executing": node.executing,
        "paused": node.paused,
        "limit": node.job_limit,
        "silent": node.silent,
        "renderers": _renderers(node),
    }


def _renderers(node: Node) -> dict[str, int]:
    """Return what a worker reports about its renderers: only numbers, since any role can write there."""
    reported = node.renderers or {}
    return {
        key: min(value, 10**6)
        for key in ("count", "busy", "restarts")
        if isinstance(value := reported.get(key), int)
    }
