"""`bin/badge-forge batches`."""

import json

import click

from badge_forge.cli.database import database_as
from badge_forge.cli.say import say
from badge_forge.database.roles import Role
from badge_forge.database.url import connected
from badge_forge.settings import Settings
from badge_forge.text.text import counted, one_line
from badge_forge.views.batch_list import ListedBatch, batch_list

SHOWN_LENGTH = 60
"""Most characters of an id or a design."""


@click.command()
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def batches(limit: int, as_json: bool) -> None:
    """List the newest batches: when, how many badges, which design, how far.

    Times are local. Finished jobs are pruned after some days, and their batch with them.

    \b
    Examples:
      badge-forge batches
      badge-forge batches --json | jq '.[0].id'
    """
    with database_as(Role.DASH, Settings.load()) as url, connected(url) as connection:
        found = batch_list(connection, limit)
    if as_json:
        click.echo(json.dumps([batch.model_dump(mode="json") for batch in found], indent=2))
        return
    for batch in found:
        click.echo(_line(batch))
    say(counted(len(found), "batch", "batches"))


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
