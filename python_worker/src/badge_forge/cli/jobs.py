"""`bin/badge-forge failed`, `retry`, `cancel`, `pause`, `resume`: manage the jobs of both languages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import psycopg
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from badge_forge import registry
from badge_forge.cli.database import database_as
from badge_forge.cli.say import say, tell
from badge_forge.database.roles import Role
from badge_forge.database.url import connected
from badge_forge.errors import UsageError, WorldError
from badge_forge.settings import Settings
from badge_forge.text.text import counted, one_line
from badge_forge.views.applications import SILENT_AFTER_S, START, home_queue

if TYPE_CHECKING:
    from badge_forge.jobs.failed import FailedJob
    from badge_forge.jobs.signals import Action, Producer

SHOWN_LENGTH = 300
"""Maximum length of a name or a reason on the terminal, in characters."""

SHOWN_IDS = 5
"""How many job ids an error message lists."""

JOB_ID = click.IntRange(1, 2**63 - 1)


class QueueName(click.ParamType):  # type: ignore[type-arg] # generic from click 8.4 on
    """A queue of the registry, which is read when the command runs."""

    name = "queue"

    def convert(
        self, value: str, parameter: click.Parameter | None, context: click.Context | None
    ) -> str:
        """Return `value`. Fails with the names of all queues if it is not one of them."""
        return str(click.Choice(registry.names()).convert(value, parameter, context))


@click.command()
@click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="Maximum number."
)
def failed(limit: int) -> None:
    """List failed jobs, newest first, with the reason.

    A failed job is cancelled, or discarded after its last attempt.

    \b
    Examples:
      badge-forge failed
      badge-forge failed --limit 1000 | grep "path:"
    """
    from badge_forge.jobs.failed import failed as failed_jobs

    with _connected(Settings.load()) as connection:
        jobs = failed_jobs(connection, limit=limit)
    console = Console(highlight=False)
    if console.is_terminal and jobs:
        console.print(_table(jobs))
    for job in [] if console.is_terminal else jobs:
        tell(f"{job.id} {job.queue} {job.state} {_shown(job.name)}: {_shown(job.reason)}")
    say(counted(len(jobs), "failed job"))


def _table(jobs: "list[FailedJob]") -> Table:
    reason = Column("Reason", overflow="fold")
    table = Table(Column("Job", justify="right"), "Queue", "State", "Name", reason)
    for job in jobs:
        table.add_row(
            str(job.id), job.queue, job.state, Text(_shown(job.name)), Text(_shown(job.reason))
        )
    return table


def _shown(text: str | None) -> str:
    return one_line(text, SHOWN_LENGTH)


@click.command()
@click.argument("ids", metavar="ID…", nargs=-1, type=JOB_ID)
@click.option("--all", "everything", is_flag=True, help="Retry all of them.")
def retry(ids: tuple[int, ...], everything: bool) -> None:
    """Run failed jobs again, and jobs that wait for their next attempt.

    Fix the cause first. If the PDF of a print is missing or was replaced, its badge is rendered again.

    \b
    Examples:
      badge-forge retry 4711 4712
      badge-forge retry --all
    """
    if bool(ids) == everything:
        raise UsageError("give either job ids or --all: `badge-forge retry ID…`")
    from badge_forge.jobs.failed import retry as retry_jobs

    settings = Settings.load()
    with _connected(settings) as connection:
        result = retry_jobs(connection, None if everything else ids, settings.badges_dir)
    say(f"retrying {counted(len(result.retried), 'job')}")
    if result.rendered_again:
        badges = counted(len(result.rendered_again), "badge")
        say(f"rendering {badges} again, because the PDF is missing or was replaced")
    _require_none_left(
        result.unknown,
        result.unchanged,
        "not retried: completed, executing, of another application, or both the PDF and the badge's job "
        "are missing; in the last case, enqueue the badge again",
    )


@click.command()
@click.argument("ids", metavar="ID…", nargs=-1, required=True, type=JOB_ID)
def cancel(ids: tuple[int, ...]) -> None:
    """Cancel jobs, including running ones.

    \b
    Examples:
      badge-forge cancel 4711
    """
    from badge_forge.jobs.failed import unknown
    from badge_forge.jobs.signals import cancel as cancel_jobs

    with _connected(Settings.load()) as connection:
        cancelled = cancel_jobs(connection, ids)
        no_jobs = unknown(connection, ids)
    say(f"{counted(len(cancelled), 'job')} cancelled")
    left = [job_id for job_id in ids if job_id not in {*cancelled, *no_jobs}]
    _require_none_left(no_jobs, left, "not cancelled: finished, or of another application")


@click.command()
@click.argument("queues", metavar="QUEUE…", nargs=-1, required=True, type=QueueName())
def pause(queues: tuple[str, ...]) -> None:
    """Stop queues (badges, printing, your own) from fetching jobs until `resume`.

    Running jobs finish. Lists the nodes that paused and those that did not. Exit code 1 if none paused.
    A worker or an app that starts later is not paused.
    """
    from badge_forge.jobs.signals import pause as pause_queues

    with _connected(Settings.load(), autocommit=True) as connection:
        _report_state(queues, pause_queues(connection, queues), "pause")


@click.command()
@click.argument("queues", metavar="QUEUE…", nargs=-1, required=True, type=QueueName())
def resume(queues: tuple[str, ...]) -> None:
    """Let paused queues (badges, printing, your own) fetch jobs again.

    Lists the nodes that resumed and those that did not. Exit code 1 if none resumed.
    """
    from badge_forge.jobs.signals import resume as resume_queues

    with _connected(Settings.load(), autocommit=True) as connection:
        _report_state(queues, resume_queues(connection, queues), "resume")


def _report_state(queues: Sequence[str], producers: "list[Producer]", action: "Action") -> None:
    state = {"pause": "paused", "resume": "running"}[action]
    followed = [producer for producer in producers if producer.followed(action)]
    for producer in producers:
        if producer in followed:
            say(f"{producer.queue}: {state} on {producer.node}")
        else:
            say(
                f"{producer.queue}: not {state} on {producer.node}, which last reported "
                f"{producer.seen_ago_s:.0f} s ago{_suspicion(producer.seen_ago_s)}"
            )
    without = sorted(set(queues) - {producer.queue for producer in followed})
    if without:
        starts = " and ".join(f"`{START[home_queue(queue)]}`" for queue in without)
        raise WorldError(f"{', '.join(without)}: no node is {state}: start one with {starts}")


def _suspicion(seen_ago_s: float) -> str:
    return ": it hangs or was killed" if seen_ago_s > SILENT_AFTER_S else ""


@contextmanager
def _connected(settings: Settings, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """Connect to the database as the worker's role. Start the database if needed, and stop it again."""
    with (
        database_as(Role.WORKER, settings) as url,
        connected(url, autocommit=autocommit) as connection,
    ):
        yield connection


def _require_none_left(unknown: Sequence[int], left: Sequence[int], problem: str) -> None:
    """Raise `WorldError` for the ids of `unknown` jobs and the `problem` of the jobs `left`, if any."""
    no_job = "there is no such job" if len(unknown) == 1 else "there are no such jobs"
    problems = [
        f"{'job' if len(ids) == 1 else 'jobs'} {_ids(ids)}: {what}"
        for ids, what in ((left, problem), (unknown, no_job))
        if ids
    ]
    if problems:
        raise WorldError("; ".join(problems))


def _ids(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids[:SHOWN_IDS])) + (" …" if len(ids) > SHOWN_IDS else "")
