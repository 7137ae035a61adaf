"""`bin/badge-forge import`."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from badge_forge.cli import options
from badge_forge.cli.database import database_as
from badge_forge.cli.imported import report_list, report_plan
from badge_forge.cli.preview_names import preview_hardest
from badge_forge.cli.say import say
from badge_forge.database.roles import Role
from badge_forge.database.url import connected
from badge_forge.designs.design import Design, find
from badge_forge.errors import ListError, UsageError
from badge_forge.events.event import Event
from badge_forge.events.tickets import store_tickets
from badge_forge.lists.importing import importing, write
from badge_forge.lists.known import known_badges
from badge_forge.lists.plan import Plan, Planner
from badge_forge.lists.reading import ReadList, constant_args, read_list
from badge_forge.lists.rejected import write_rejected
from badge_forge.lists.types import TypesOfTickets
from badge_forge.settings import VAR, Settings
from badge_forge.text.text import counted

REJECTED = VAR / "rejected"
"""Where rejected rows are written, so that `forget` finds them."""

LIST_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Pair(click.ParamType):  # type: ignore[type-arg] # generic from click 8.4 on
    """An option's value `A=B`, which may be in quotation marks."""

    name = "pair"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, str]:
        """Return both parts, divided at the last or first `=` as the option needs."""
        if isinstance(value, tuple):
            return value
        last = parameter is not None and parameter.name == "types"
        first, found, second = str(value).rpartition("=") if last else str(value).partition("=")
        if not found or not first.strip():
            self.fail(f"{value!r} should be like {parameter.metavar if parameter else 'A=B'}")
        return first.strip(), second.strip()


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@options.event
@click.option("--list", "name", metavar="NAME", help="Name of the list.  [default: that of the file]")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    type=Pair(),
    metavar="FIELD=HEADER",
    help='The column of a field: name="Full Name", or name=#3. Can be repeated.',
)
@click.option(
    "--type",
    "types",
    multiple=True,
    type=Pair(),
    metavar="TICKET=TYPE",
    help='The type of a ticket: "Early Bird"=attendee. Stored in the event\'s file. Can be repeated.',
)
@click.option("--encoding", help="Encoding of a CSV, for example cp1250.  [default: told by the bytes]")
@click.option("--sheet", help="Name of a spreadsheet's sheet.  [default: the first]")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--strict", is_flag=True, help="Import nothing if a row is invalid.")
@click.option("--partial", is_flag=True, help="Keep the badges of people who are not in the file.")
@click.option("--replace", is_flag=True, help="Import a file that lacks or renames most people.")
def import_(
    file: Path,
    event: Event | None,
    name: str | None,
    mapped: tuple[tuple[str, str], ...],
    types: tuple[tuple[str, str], ...],
    encoding: str | None,
    sheet: str | None,
    dry_run: bool,
    strict: bool,
    partial: bool,
    replace: bool,
) -> None:
    """Make a badge for each person of a list: CSV, TSV, XLSX, XLS or ODS.

    Lists of pretix, Eventbrite, Tito, Luma, Indico, open-event, Sessionize, kumoreg, and of forms are
    recognised by their headers. Importing a list again enqueues only what is new or changed, and
    cancels the badges of people who are gone. Invalid rows are told, and written to a file.

    \b
    Examples:
      badge-forge import attendees.csv --event my-conf --dry-run
      badge-forge import attendees.csv --event my-conf --type "Early Bird"=attendee
      badge-forge import speakers.xlsx --event my-conf --map name="Full Name"
    """
    if event is None:
        raise UsageError("name the event with --event SLUG: `badge-forge event new my-conf` creates one")
    settings = Settings.load()
    design = Design.load(find(event.design, settings.designs_dir))
    tickets = TypesOfTickets(event, dict(types), design.settings.types)
    found = read_list(file, event, tickets, dict(mapped), encoding, sheet)
    report_list(found, file, tickets)
    path = REJECTED / event.slug / f"{file.stem}.rejected.csv"
    path.unlink(missing_ok=True)  # of an earlier import
    if found.rejected:
        write_rejected(path, found.columns.headers, found.rejected)
        say(f"rejected rows: {path}")
        if strict:
            raise ListError(
                f"nothing was imported, as --strict says: {counted(len(found.rejected), 'invalid row')}"
            )
    if not found.rows:
        raise ListError(f"{file} has no people below its headers: choose another file")
    if not len(found.people) and found.rejected:
        raise ListError(f"nothing was imported: no row of {file} is valid; correct them, or use --map")
    _import(found, event, name or list_name(file), tickets, settings, dry_run, partial, replace)
    if types and not dry_run:
        store_tickets(event, dict(types), settings.events_dir)


def _import(
    found: ReadList,
    event: Event,
    name: str,
    tickets: TypesOfTickets,
    settings: Settings,
    dry_run: bool,
    partial: bool,
    replace: bool,
) -> None:
    if not LIST_NAME.fullmatch(name) or len(name) > 60:
        raise UsageError(f"--list should be of a-z, 0-9 and single hyphens, at most 60, got: {name!r}")

    def waiting() -> None:
        say("another import of this event is running: waiting for it")

    with (
        database_as(Role.WORKER, settings) as url,
        connected(url, autocommit=True) as connection,
        importing(connection, event.slug, waiting),
    ):
        known = known_badges(connection, event.slug)
        planner = Planner(event.slug, name, known, tickets, constant_args(event))
        plan = planner.plan(found.people.keyed(), found.protected, partial=partial, replace=replace)
        del planner, known  # half of the memory
        report_plan(connection, plan, name, dry_run)
        if dry_run:
            preview_hardest(found, event, settings)
            return
        with _progress(plan) as advance:
            batch, enqueued = write(connection, event.slug, plan, advance)
    say(f"{counted(enqueued, 'badge')} enqueued" + (f", batch {batch}" if enqueued else ""))


@contextmanager
def _progress(plan: Plan) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("enqueueing", total=len(plan))
        yield lambda count: progress.advance(task, count)


def list_name(file: Path) -> str:
    """Return the name of the list in `file`: without dates and numbers that an export appends."""
    words = re.findall(r"[a-z]+", file.stem.casefold())
    return "-".join(words)[:60].strip("-") or "list"
