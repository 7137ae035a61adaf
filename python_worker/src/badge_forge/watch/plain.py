"""The view as plain text and as JSON, for scripts and for output that is not a terminal."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any

from badge_forge.views.feed import Outage
from badge_forge.views.snapshot import Failure
from badge_forge.watch.panes import failures, latest, nodes, queues
from badge_forge.watch.panes.nodes import missing, paused
from badge_forge.watch.panes.queues import STATES, count, names
from badge_forge.watch.source import Source
from badge_forge.watch.view import View, safe
from badge_forge.watch.words import clock, number, rate, seconds

LEAST_HEIGHT = 24
"""Lines of the smallest screen. What a higher one has more is divided among its parts."""

LINE_INTERVAL_S = 1.0
"""Shortest time between two lines of `print_changes`."""


def screen(view: View, source: Source, width: int, height: int) -> str:
    """Return the view on one screen of `width` by `height` cells, in 24 lines at least."""
    more = max(0, height - LEAST_HEIGHT)
    taken_at = view.seen.snapshot.taken_at
    parts = {
        f"{source.name} at {clock(taken_at, taken_at)}": [],
        "Queues": queues.queues(view, width),
        latest.title(view): latest.latest(view, width, 6 + more // 2),
        failures.title(view): failures.failures(view, width, 4 + more // 4),
        "Applications": nodes.nodes(view, width, 2 + more // 4),
    }
    blocks = [
        "\n".join([heading, *(line.plain.rstrip() for line in lines)])
        for heading, lines in parts.items()
    ]
    return "\n\n".join(blocks)


def as_json(view: View) -> str:
    """Return the view as a JSON object on one line. docs/watching.md lists its fields."""
    snapshot = view.seen.snapshot
    return json.dumps(
        {
            "taken_at": _utc(snapshot.taken_at),
            "queues": [_queue(view, name) for name in names(view)],
            "latest": [
                job.model_dump() | {"completed_at": _utc(job.completed_at)} for job in latest.jobs(view)
            ],
            "failures": [_group(view, group) for group in snapshot.failures],
            "retrying": [_group(view, group) for group in snapshot.retrying],
            "nodes": [node.model_dump(mode="json") | {"silent": node.silent} for node in snapshot.nodes],
            "paused": [
                {"queue": pause.queue, "paused_at": _utc(pause.paused_at)} for pause in snapshot.paused
            ],
            "missing": missing(view),
            "note": view.note(),
        }
    )


def _group(view: View, group: Failure) -> dict[str, Any]:
    known = {} if view.any_table else failures.remedy_of(group).model_dump()
    return group.model_dump() | {"failed_at": _utc(group.failed_at)} | known


def _utc(moment: datetime) -> str:
    return f"{moment.isoformat()}Z"


def _queue(view: View, name: str) -> dict[str, Any]:
    snapshot = view.seen.snapshot
    counts = [row for row in snapshot.counts if row.queue == name]
    return {
        "queue": name,
        "states": {row.state: row.jobs for row in counts},
        "estimated": [row.state for row in counts if row.estimated],
        "per_second": round(snapshot.per_second(name), 3),
        "time_to_empty_s": snapshot.time_to_empty_s(name),
    }


def summary(view: View, rates: bool = True) -> str:
    """Return the state of all queues on one line, with their `rates`."""
    lines = [_summary(view, name, rates) for name in names(view)]
    silent = [f"{safe(node.node)} is silent" for node in view.seen.snapshot.nodes if node.silent]
    return "; ".join([*lines, *silent, *paused(view), *missing(view)]) or "no jobs"


def _summary(view: View, name: str, rates: bool) -> str:
    snapshot = view.seen.snapshot
    words = [
        f"{number(*found)} {state}"
        for state, states in STATES.items()
        if (found := count(snapshot, name, states))[0] or state == "waiting"
    ]
    if rates and (per_second := snapshot.per_second(name)):
        words.append(rate(per_second))
    if rates and (left_s := snapshot.time_to_empty_s(name)):
        words.append(f"empty in {seconds(left_s)}")
    return f"{safe(name)}: {', '.join(words)}"


async def print_changes(source: Source, say: Callable[[str], None]) -> None:
    """Pass a line to `say` whenever jobs or nodes change, at most one a second, until cancelled."""
    last = ""
    async with aclosing(source.follow()) as found:
        async for seen in found:
            started_at = time.monotonic()
            if isinstance(seen, Outage):
                line = key = seen.message
            else:
                view = View(seen, source.any_table, source.prefix)
                line, key = summary(view), summary(view, rates=False)
            if key != last:
                last = key
                say(f"{time.strftime('%H:%M:%S')} {line}")
                await asyncio.sleep(max(0.0, started_at + LINE_INTERVAL_S - time.monotonic()))
