"""`bin/badge-forge retry`, `cancel`: change the jobs of both languages."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from badge_forge.cli.connection import connected_as
from badge_forge.cli.job_filters import dry_run, filters, require_choice
from badge_forge.cli.say import say
from badge_forge.database.roles import Role
from badge_forge.errors import WorldError
from badge_forge.jobs.job_filter import JobFilter
from badge_forge.settings import Settings
from badge_forge.text.text import counted

if TYPE_CHECKING:
    import psycopg

SHOWN_IDS = 5
"""How many job ids an error message lists."""

JOB_ID = click.IntRange(1, 2**63 - 1)

RETRIED = ("cancelled", "discarded", "retryable")
CANCELLED = ("available", "scheduled", "retryable", "suspended", "executing")


@click.command()
@click.argument("ids", metavar="[ID…]", nargs=-1, type=JOB_ID)
@filters()
@click.option("--all", "everything", is_flag=True, help="Retry all of them.")
@dry_run
def retry(ids: tuple[int, ...], wanted: JobFilter, everything: bool, dry_run: bool) -> None:
    """Run failed jobs again, and jobs that wait for their next attempt.

    Fix the cause first. If the PDF of a print is missing or was replaced, its badge is rendered again.

    \b
    Examples:
      badge-forge retry 4711 4712
      badge-forge retry --batch 0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e
      badge-forge retry --type speaker --since 30m --dry-run
      badge-forge retry --all
    """
    require_choice(wanted, everything, ids, usage="job ids")
    from badge_forge.jobs.failed import retry as retry_jobs

    settings = Settings.load()
    with connected_as(Role.WORKER, settings) as connection:
        if dry_run:
            say(f"would retry {_count(connection, wanted, ids, RETRIED)}")
            return
        result = retry_jobs(connection, ids or None, settings.badges_dir, wanted)
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
@click.argument("ids", metavar="[ID…]", nargs=-1, type=JOB_ID)
@filters()
@click.option("--all", "everything", is_flag=True, help="Cancel all of them.")
@dry_run
def cancel(ids: tuple[int, ...], wanted: JobFilter, everything: bool, dry_run: bool) -> None:
    """Cancel jobs that wait or run.

    `retry` runs them after all.

    \b
    Examples:
      badge-forge cancel 4711
      badge-forge cancel --batch 0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e --dry-run
      badge-forge cancel --type press --name "van Rossum"
    """
    require_choice(wanted, everything, ids, usage="job ids")
    from badge_forge.jobs.failed import unknown
    from badge_forge.jobs.signals import cancel as cancel_jobs

    with connected_as(Role.WORKER, Settings.load()) as connection:
        if dry_run:
            say(f"would cancel {_count(connection, wanted, ids, CANCELLED)}")
            return
        cancelled = cancel_jobs(connection, ids or None, wanted)
        no_jobs = unknown(connection, ids)
    say(f"{counted(len(cancelled), 'job')} cancelled")
    left = [job_id for job_id in ids if job_id not in {*cancelled, *no_jobs}]
    _require_none_left(no_jobs, left, "not cancelled: finished, or of another application")


def _count(
    connection: "psycopg.Connection", wanted: JobFilter, ids: Sequence[int], states: Sequence[str]
) -> str:
    from badge_forge.jobs.held import count_jobs

    found = count_jobs(connection, replace(wanted, ids=ids or None), states)
    return counted(sum(jobs.total() for jobs in found.values()), "job")


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
