"""`bin/badge-forge why`."""

import asyncio
import json

import click
from psycopg import OperationalError

from badge_forge.cli.database import database_as
from badge_forge.cli.find_badge import MOST_FOUND, SHOWN_LENGTH, not_found, several
from badge_forge.cli.history_text import print_found, print_history
from badge_forge.database.roles import Role
from badge_forge.database.url import CONNECT_TIMEOUT_S, connected_async, unreachable
from badge_forge.errors import WorldError
from badge_forge.settings import COMMAND, Settings
from badge_forge.text.text import one_line
from badge_forge.views.history import FoundBadge, History, find, history


@click.command()
@click.argument("text", metavar="NAME|ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the history, or the badges found.")
def why(text: str, as_json: bool) -> None:
    """Tell the history of one badge: enqueued, rendered, printed, and what went wrong.

    NAME is any part of the name, the e-mail or the ticket, ID the badge's id or the first 8 characters
    of it. Exit code 1 if no badge or several match. Times are local.

    \b
    Examples:
      badge-forge why lovelace
      badge-forge why 7bfb7c39
      badge-forge why 7bfb7c39 --json | jq .failure
    """
    settings = Settings.load()
    with database_as(Role.DASH, settings) as url:
        found, told = asyncio.run(_look(url, text, settings))
    shown = one_line(text.strip(), SHOWN_LENGTH)
    if not found:
        raise WorldError(not_found(shown, settings))
    if told is None:
        if as_json:
            click.echo(json.dumps([badge.model_dump(mode="json") for badge in found], indent=2))
        else:
            print_found(found)
        raise WorldError(several(shown, len(found), f"run `{COMMAND} why ID` for one"))
    if as_json:
        click.echo(json.dumps(told.model_dump(mode="json"), indent=2))
    else:
        print_history(told)


async def _look(url: str, text: str, settings: Settings) -> tuple[list[FoundBadge], History | None]:
    """Return the badges that match `text`, and the history if it is one."""
    try:
        async with connected_async(url, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            found = await find(connection, text, MOST_FOUND)
            if len(found) != 1:
                return found, None
            return found, await history(connection, found[0].id, settings.badges_dir)
    except OperationalError as error:
        raise unreachable(url, error) from error
