"""`bin/badge-forge forget`."""

import sys
from pathlib import Path

import click

from badge_forge.cli.database import database_as
from badge_forge.cli.import_list import REJECTED
from badge_forge.cli.say import say
from badge_forge.database.roles import Role
from badge_forge.database.url import connected
from badge_forge.errors import StorageError, UsageError
from badge_forge.events.event import require_slug
from badge_forge.lists.forgetting import Forgotten, Places, people_of
from badge_forge.lists.forgetting import forget as forget_people
from badge_forge.settings import VAR, Settings
from badge_forge.text.text import counted

SHOWN = 5


@click.command()
@click.option("--event", "slug", metavar="SLUG", help="The event, whose file need not exist any more.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(slug: str | None, yes: bool) -> None:
    """Remove all rows, files and log lines of the people of an event.

    Cancels badges that are not printed yet. Removes the PDFs, the files in the spool, sheets with
    their manifests in `var/` and in this folder, rejected rows, and lines of logs in `var/log/`; also
    all contact sheets and previews in `var/`, and the wall's pictures. Files that you wrote elsewhere,
    the event's file and its folder of pictures, and logs of other programs remain.

    \b
    Example:
      badge-forge export --event my-conf
      badge-forge forget --event my-conf
    """
    if slug is None:
        raise UsageError("name the event with --event SLUG: `badge-forge event list` lists all")
    require_slug(slug)
    settings = Settings.load()
    with (
        database_as(Role.WORKER, settings) as url,
        connected(url, autocommit=True) as connection,
    ):
        ids, _names = people_of(connection, slug)
        if not yes:
            _confirm(len(ids), slug)
        forgotten = forget_people(connection, slug, _places(settings, slug))
    _report(forgotten, settings.events_dir / slug)


def _confirm(people: int, slug: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(
            f"this removes {counted(people, 'badge')} of {slug}, and can't be undone: add --yes"
        )
    question = f"Remove all rows, files and log lines of {counted(people, 'badge')} of {slug}?"
    click.confirm(f"{question} This can't be undone", abort=True, err=True)


def _places(settings: Settings, slug: str) -> Places:
    return Places(
        badges=settings.badges_dir,
        spool=settings.spool_dir,
        rejected=REJECTED / slug,
        shown=tuple(VAR / name for name in ("contact-sheets", "previews", "wall")),
        manifests=(VAR, Path.cwd()),
        logs=VAR / "log",
    )


def _report(forgotten: Forgotten, pictures: Path) -> None:
    say(
        f"forgot {counted(forgotten.people, 'badge')}: {counted(forgotten.rows, 'row')}, "
        f"{counted(forgotten.files, 'file')} and {counted(forgotten.log_lines, 'line')} of logs removed"
    )
    if pictures.exists() and any(pictures.iterdir()):
        say(f"not removed: the pictures in {pictures}")
    if forgotten.left:
        more = f" and {len(forgotten.left) - SHOWN} more" if len(forgotten.left) > SHOWN else ""
        raise StorageError(
            f"can't remove {'; '.join(forgotten.left[:SHOWN])}{more}: remove them yourself"
        )
