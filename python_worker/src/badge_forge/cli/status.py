"""`bin/badge-forge status`."""

import json
from collections import Counter
from typing import TYPE_CHECKING

import click

from badge_forge import registry
from badge_forge.cli.connection import connected_as
from badge_forge.cli.job_filters import filters
from badge_forge.cli.say import tell
from badge_forge.database.roles import Role
from badge_forge.jobs.job_filter import JobFilter
from badge_forge.settings import COMMAND, Settings
from badge_forge.text.text import counted, one_line
from badge_forge.views.applications import KINDS, SILENT_AFTER_S, START, home_queue
from badge_forge.views.job_states import FAILED
from badge_forge.views.pauses import since

if TYPE_CHECKING:
    from badge_forge.jobs.signals import Producer

WORDS = {
    "waiting": ("available", "scheduled"),
    "held": ("suspended",),
    "executing": ("executing",),
    "retryable": ("retryable",),
    "completed": ("completed",),
    "failed": FAILED,
}
"""The words for states. Those of the first always have a number."""

READ_PAUSES = "SELECT queue, paused_at FROM badge_forge_queues WHERE paused_at IS NOT NULL"


@click.command()
@filters()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(wanted: JobFilter, as_json: bool) -> None:
    """Show each queue: its jobs, who takes them, and since when it is paused.

    With filters, only the jobs that match are counted.

    \b
    Examples:
      badge-forge status
      badge-forge status --batch 0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e
      badge-forge status --json | jq .badges.waiting
    """
    from badge_forge.jobs.held import count_jobs
    from badge_forge.jobs.signals import producers

    with connected_as(Role.DASH, Settings.load()) as connection:
        found = count_jobs(connection, wanted)
        pauses = dict(connection.execute(READ_PAUSES).fetchall())
        nodes = producers(connection, registry.names())
    width = max(map(len, registry.names()))
    told = {}
    for queue in registry.names():
        counts = _counts(found.get(queue, Counter()))
        alive = [one for one in nodes if one.queue == queue and one.seen_ago_s <= SILENT_AFTER_S]
        paused_at = pauses.get(queue)
        told[queue] = counts | {
            "paused_since": paused_at and f"{paused_at.isoformat()}Z",
            "nodes": [{"node": one.node, "paused": one.paused} for one in alive],
        }
        if as_json:
            continue
        words = [f"{jobs:,} {word}" for word, jobs in counts.items() if jobs or word == "waiting"]
        tell(f"{queue:<{width}}  {', '.join(words)}")
        if paused_at:
            tell(f"{'':<{width}}  paused {since(paused_at)}: `{COMMAND} resume {queue}` continues it")
        tell(f"{'':<{width}}  {_takers(queue, alive)}")
    if as_json:
        click.echo(json.dumps(told, indent=2))


def _counts(states: Counter[str]) -> dict[str, int]:
    return {word: sum(states[state] for state in each) for word, each in WORDS.items()}


def _takers(queue: str, alive: "list[Producer]") -> str:
    kind = KINDS.get(queue, "application")
    if not alive:
        return f"no {kind} is running: `{START[home_queue(queue)]}` starts one"
    names = [f"{one_line(one.node, 60)}{' (paused)' if one.paused else ''}" for one in alive[:5]]
    more = f" and {counted(len(alive) - 5, 'other')}" if len(alive) > 5 else ""
    return f"{kind} on {', '.join(names)}{more}"
