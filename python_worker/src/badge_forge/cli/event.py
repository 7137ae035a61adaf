"""`bin/badge-forge event`."""

import click

from badge_forge.attendee import DEFAULT_DESIGN
from badge_forge.cli.say import say, tell
from badge_forge.designs.design import Design, find
from badge_forge.errors import EventError, StorageError
from badge_forge.events.event import file_of, folder_of, load_event, require_slug, slugs
from badge_forge.events.findings import findings
from badge_forge.events.template import commented_file
from badge_forge.settings import COMMAND, Settings
from badge_forge.text.text import counted


@click.group()
def event() -> None:
    """Create, list and check events: name, place, dates, types, fields, printers."""


@event.command("list")
def list_events() -> None:
    """List all events."""
    settings = Settings.load()
    for slug in slugs(settings.events_dir):
        event = load_event(slug, settings.events_dir)
        where = ", ".join(part for part in (event.place, event.dates) if part)
        tell(f"{slug:<20} {event.name}" + (f" ({where})" if where else ""))


@event.command()
@click.argument("slug")
@click.option("--name", help="The name of the event.  [default: the slug]")
@click.option("--design", default=DEFAULT_DESIGN, show_default=True, help="Its default design.")
def new(slug: str, name: str | None, design: str) -> None:
    """Create the event SLUG: a file with comments, and a folder for pictures.

    \b
    Example:
      badge-forge event new my-conf --name "My Conf" --design a6
    """
    settings = Settings.load()
    require_slug(slug)
    find(design, settings.designs_dir)
    path, folder = file_of(slug, settings.events_dir), folder_of(slug, settings.events_dir)
    content = commented_file(slug, name or slug, design)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        raise EventError(f"{path} already exists: choose another slug, or edit that file") from None
    except OSError as error:
        raise StorageError(f"can't write {path}: {error.strerror or error}") from error
    say(f"{path}: created. Edit it, and check it with")
    say(f"  {COMMAND} event check {slug}")
    say(f"Pictures of its badges belong into {folder}")


@event.command()
@click.argument("slug")
def check(slug: str) -> None:
    """Check the file of the event SLUG, and its design.

    Errors (exit code 1) are wrong keys and values. Notes are what may be a mistake, such as two types
    that look the same.
    """
    settings = Settings.load()
    event = load_event(slug, settings.events_dir)
    design = Design.load(find(event.design, settings.designs_dir))
    found = list(findings(event, design.settings.types))
    for note in found:
        tell(f"note: {note}")
    parts = (
        counted(len(event.types), "type"),
        counted(len(event.fields), "field"),
        counted(len(event.printers), "printer"),
        counted(len(found), "note"),
    )
    tell(f"{slug}: {', '.join(parts)}")
