"""`bin/badge-forge watch`."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from badge_forge.cli.db import prepare_if_ours
from badge_forge.cli.hangup import end_with_terminal
from badge_forge.cli.say import say, tell
from badge_forge.database.lease import leased
from badge_forge.database.roles import Role
from badge_forge.database.source import application_url, require_running
from badge_forge.settings import Settings

if TYPE_CHECKING:
    from badge_forge.watch.source import Source

NICENESS = 10
"""The view must not slow the press down."""


@click.command()
@click.option("--any", "any_table", is_flag=True, help="Show any oban_jobs table, of either language.")
@click.option("--prefix", metavar="SCHEMA", help="The schema of that table. Implies --any.")
@click.option("--once", is_flag=True, help="Print one screen as plain text.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object. Implies --once.")
def watch(any_table: bool, prefix: str | None, once: bool, as_json: bool) -> None:
    """Watch the queues, the latest badges, the failures and the applications.

    Changes nothing. On a terminal, the keys are listed at the bottom. Elsewhere, a line is printed when
    something changes, until Ctrl-C.

    \b
    Examples:
      badge-forge watch
      badge-forge watch --once
      badge-forge watch --json | jq .queues
      DATABASE_URL=postgresql://… badge-forge watch --any --prefix my_schema
    """
    from badge_forge.watch.source import Source, read_once

    end_with_terminal()
    settings = Settings.load()
    os.nice(NICENESS)
    any_table = any_table or prefix is not None
    with _database_url(settings, any_table) as url:
        source = Source(url, any_table, prefix)
        seen = read_once(source)  # also reports a wrong database on one line
        if once or as_json:
            from badge_forge.watch import plain
            from badge_forge.watch.view import View

            view = View(seen, any_table, prefix)
            size = shutil.get_terminal_size()
            click.echo(plain.as_json(view) if as_json else plain.screen(view, source, *size))
        elif sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
            _show(source, settings)
        else:
            _print_changes(source)


@contextmanager
def _database_url(settings: Settings, any_table: bool) -> Iterator[str]:
    """Yield the URL to read with. Other applications' databases are neither started nor migrated."""
    if any_table:
        yield application_url(require_running(settings), Role.DASH)
        return
    with leased(settings, say) as database:
        prepare_if_ours(database)
        yield application_url(database, Role.DASH)


def _show(source: "Source", settings: Settings) -> None:
    # Imported here, because it is slow, and because it asks the terminal what it can draw.
    from badge_forge.watch.app import WatchApp
    from badge_forge.watch.terminal import is_sharp, run

    pictures = not source.any_table and not os.environ.get("NO_COLOR")
    sharp = pictures and is_sharp()
    asyncio.run(run(WatchApp(source, settings.badges_dir if pictures else None, sharp)))


def _print_changes(source: "Source") -> None:
    from badge_forge.watch.plain import print_changes

    asyncio.run(print_changes(source, tell))
