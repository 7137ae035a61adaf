"""`bin/badge-forge failed`."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from badge_forge.cli.connection import connected_as
from badge_forge.cli.job_filters import filters
from badge_forge.cli.local_time import local
from badge_forge.cli.say import say, tell
from badge_forge.database.roles import Role
from badge_forge.errors import UsageError
from badge_forge.jobs.job_filter import JobFilter
from badge_forge.settings import Settings
from badge_forge.text.text import counted, one_line

if TYPE_CHECKING:
    from badge_forge.jobs.failed import FailedJob
    from badge_forge.views.failure_groups import FailureGroup

SHOWN_LENGTH = 300
"""Maximum length of a name or a reason on the terminal, in characters."""

MOST_GROUPED = 100_000


@click.command()
@filters()
@click.option("--list", "as_list", is_flag=True, help="A line for each job, newest first.")
@click.option(
    "--limit", type=click.IntRange(min=1), help="Most jobs to look at.  [default: 100 with --list]"
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def failed(wanted: JobFilter, as_list: bool, limit: int | None, as_json: bool) -> None:
    """Show failed jobs by cause, each with the command that fixes it.

    A failed job is cancelled, or discarded after its last attempt. --list has a line for each job.

    \b
    Examples:
      badge-forge failed
      badge-forge failed --batch 0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e --since 30m
      badge-forge failed --list --limit 1000 | grep "path:"
    """
    from badge_forge.jobs.failed import failed as failed_jobs
    from badge_forge.views.failure_groups import grouped

    if as_list and as_json:
        raise UsageError("give either --list or --json, not both")
    most = limit or (100 if as_list else MOST_GROUPED)
    with connected_as(Role.DASH, Settings.load()) as connection:
        jobs = failed_jobs(connection, limit=most, wanted=wanted)
    groups = grouped(jobs, str(wanted) or "--all")
    if as_json:
        click.echo(json.dumps([_as_json(group) for group in groups], indent=2))
        return
    if as_list:
        _print_list(jobs)
        say(counted(len(jobs), "failed job"))
        return
    for group in groups:
        for line in lines(group):
            tell(line)
    causes = f", {counted(len(groups), 'cause')}" if groups else ""
    say(f"{counted(len(jobs), 'failed job')}{causes}")


def lines(group: "FailureGroup") -> Iterator[str]:
    """Yield what is told of a group: its cause, what to do, and the command, if there is one."""
    when = f", last {local(group.failed_at)}" if group.failed_at else ""
    who = f", {_shown(group.jobs[0].name)}" if len(group.jobs) == 1 and group.jobs[0].name else ""
    yield f"{len(group.jobs):>6}  {group.queue}  {group.remedy.cause}{who}{when}"
    yield f"        {group.remedy.advice}"
    if group.remedy.command:
        yield f"        {group.remedy.command}"


def _as_json(group: "FailureGroup") -> dict[str, Any]:
    return {
        "queue": group.queue,
        **group.remedy.model_dump(),
        "jobs": len(group.jobs),
        "ids": group.ids,
        "reason": group.jobs[0].reason,
        "failed_at": group.failed_at and f"{group.failed_at.isoformat()}Z",
    }


def _print_list(jobs: "Sequence[FailedJob]") -> None:
    console = Console(highlight=False)
    if console.is_terminal and jobs:
        console.print(_table(jobs))
        return
    for job in jobs:
        tell(f"{job.id} {job.queue} {job.state} {_shown(job.name)}: {_shown(job.reason)}")


def _table(jobs: "Sequence[FailedJob]") -> Table:
    reason = Column("Reason", overflow="fold")
    table = Table(Column("Job", justify="right"), "Queue", "State", "Name", reason)
    for job in jobs:
        table.add_row(
            str(job.id), job.queue, job.state, Text(_shown(job.name)), Text(_shown(job.reason))
        )
    return table


def _shown(text: str | None) -> str:
    return one_line(text, SHOWN_LENGTH)
