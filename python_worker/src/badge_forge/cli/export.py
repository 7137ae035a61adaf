"""`bin/badge-forge export`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from badge_forge.cli import options
from badge_forge.cli import output as outputs
from badge_forge.cli.database import database_as
from badge_forge.cli.say import say
from badge_forge.database.roles import Role
from badge_forge.database.url import connected
from badge_forge.errors import StorageError, UsageError
from badge_forge.events.event import Event
from badge_forge.lists.exporting import export as export_badges
from badge_forge.settings import Settings
from badge_forge.text.text import counted


@click.command()
@options.event
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="CSV to write, - for standard output.  [default: SLUG.csv]",
)
def export(event: Event | None, output: Path | None) -> None:
    """Write the people of an event with state, print time and PDF of their badges.

    The CSV is UTF-8 with a byte order mark, as Excel reads it. No cell is a formula.

    \b
    Examples:
      badge-forge export --event my-conf
      badge-forge export --event my-conf -o - | grep failed
    """
    if event is None:
        raise UsageError("name the event with --event SLUG: `badge-forge event list` lists all")
    settings = Settings.load()
    path = output or Path(f"{event.slug}.csv")
    with (
        database_as(Role.DASH, settings) as url,
        connected(url) as connection,
        _opened(path) as file,
    ):
        count = export_badges(connection, event, settings.badges_dir, file)
    say(f"{path}: {counted(count, 'badge')}" if str(path) != "-" else counted(count, "badge"))


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Yield a new file, which replaces `path` when the block has written it, or standard output."""
    if str(path) == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    outputs.prepare(path)
    unfinished = path.with_name(f".{path.name}.tmp")
    try:
        with unfinished.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
            yield file
        unfinished.replace(path)
    except OSError as error:
        raise StorageError(f"can't write {path}: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
