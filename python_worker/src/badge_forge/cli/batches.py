"""`bin/badge-forge batches`, `batch`."""

import json
from dataclasses import replace

import click

from badge_forge.cli.connection import connected_as
from badge_forge.cli.failed import lines
from badge_forge.cli.job_filters import filters
from badge_forge.cli.say import say, tell
from badge_forge.database.roles import Role
from badge_forge.errors import WorldError
from badge_forge.jobs.job_filter import JobFilter
from badge_forge.settings import COMMAND, Settings
from badge_forge.text.text import counted, one_line
from badge_forge.views.batch_list import ListedBatch, batch_list, find_batches

SHOWN_LENGTH = 60
"""Most characters of an id or a design."""


@click.command()
@filters()
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def batches(wanted: JobFilter, limit: int, as_json: bool) -> None:
    """List the newest batches: when, how many badges, which design, how far.

    With filters, only the badges that match are counted. Times are local. Finished jobs are pruned after
    some days, and their batch with them.

    \b
    Examples:
      badge-forge batches
      badge-forge batches --type speaker --since 2h
      badge-forge batches --json | jq '.[0].id'
    """
    with connected_as(Role.DASH, Settings.load()) as connection:
        found = batch_list(connection, limit, wanted)
    if as_json:
        click.echo(json.dumps([batch.model_dump(mode="json") for batch in found], indent=2))
        return
    for batch in found:
        click.echo(_line(batch))
    say(counted(len(found), "batch", "batches"))


@click.command()
@click.argument("batch_id", metavar="ID")
@filters("batch")
@click.option("--retry", "retries", is_flag=True, help="Retry what failed of this batch, and no other.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def batch(batch_id: str, wanted: JobFilter, retries: bool, as_json: bool) -> None:
    """Show one batch, and its failures by cause. --retry retries these.

    ID is the batch's id, or its first characters.

    \b
    Examples:
      badge-forge batch 0b7ad3a4
      badge-forge batch 0b7ad3a4 --retry
    """
    from badge_forge.cli.failed import _as_json
    from badge_forge.jobs.failed import failed, retry
    from badge_forge.views.failure_groups import grouped

    settings = Settings.load()
    with connected_as(Role.WORKER if retries else Role.DASH, settings) as connection:
        found = find_batches(connection, batch_id.strip(), wanted)
        if len(found) != 1:
            raise _not_one(batch_id, found)
        wanted = replace(wanted, batch=found[0].id)
        groups = grouped(failed(connection, wanted=wanted), str(wanted))
        result = retry(connection, None, settings.badges_dir, wanted) if retries else None
    if as_json:
        told = found[0].model_dump(mode="json") | {"failures": [_as_json(group) for group in groups]}
        click.echo(json.dumps(told, indent=2))
    else:
        tell(_line(found[0]))
        for group in groups:
            for line in lines(group):
                tell(line)
    if result:
        done = len(result.retried) + len(result.rendered_again)
        say(f"retrying {counted(done, 'job')}, {len(result.rendered_again)} of them by rendering again")
    elif groups:
        say(f"`{COMMAND} batch {found[0].id} --retry` retries what failed of this batch")


def _not_one(text: str, found: list[ListedBatch]) -> WorldError:
    shown = one_line(text, SHOWN_LENGTH)
    if not found:
        return WorldError(f'no batch id begins with "{shown}": `{COMMAND} batches` lists the batches')
    ids = ", ".join(one_line(each.id, SHOWN_LENGTH) for each in found[:5])
    return WorldError(
        f'"{shown}" begins the ids of {counted(len(found), "batch", "batches")}: give more of it: {ids}'
    )


def _line(batch: ListedBatch) -> str:
    designs = ", ".join(one_line(design, SHOWN_LENGTH) for design in batch.designs)
    words = [counted(batch.total, "badge"), designs, _progress(batch)]
    if batch.invented:
        words.append("invented people")
    id_ = one_line(batch.id, SHOWN_LENGTH)
    return f"{batch.enqueued_at.astimezone():%Y-%m-%d %H:%M}  {id_}  {', '.join(words)}"


def _progress(batch: ListedBatch) -> str:
    if batch.printed == batch.total:
        return "all printed"
    failed = f", {batch.failed} failed" if batch.failed else ""
    return f"{batch.rendered} rendered, {batch.printed} printed{failed}"
