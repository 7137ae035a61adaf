"""`bin/badge-forge contact-sheet`."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from badge_forge.cli import options
from badge_forge.cli import output as outputs
from badge_forge.cli.database import database_as
from badge_forge.cli.say import say
from badge_forge.cli.selected import report
from badge_forge.database.roles import Role
from badge_forge.errors import UsageError
from badge_forge.settings import Settings
from badge_forge.sheets.layout import SHEETS, Sheet
from badge_forge.sheets.selection import Selection, select
from badge_forge.text.order import Order
from badge_forge.text.text import counted, one_line

MOST_NAMED = 5
"""How many badges without a PDF are named."""


@click.command("contact-sheet")
@click.option("--paper", type=click.Choice(list(SHEETS)), default="a4", show_default=True)
@options.types
@options.designs
@options.batch
@options.latest
@options.sort("name")
@options.locale
@options.output("contact-sheet.pdf", "PDF to write, or PNGs, one per page, if it ends with .png.")
def contact_sheet(
    paper: Sheet,
    types: tuple[str, ...],
    designs: tuple[str, ...],
    batch: str | None,
    latest: bool,
    sort: Order,
    locale: str | None,
    output: Path,
) -> None:
    """Show finished badges, 40 on a page, to proofread names before printing.

    Each badge has its name below it, as it was enqueued. A PDF stays sharp at any magnification. The
    pages of a PNG are numbered: contact-sheet-1.png.

    \b
    Examples:
      badge-forge contact-sheet
      badge-forge contact-sheet --type speaker --sort company -o speakers.pdf
      badge-forge contact-sheet --batch 0b7ad3a4-31a5-4a51-8b6b-1c7c4f3c2f1e -o proof.png
    """
    if output.suffix.lower() not in (".pdf", ".png"):
        raise UsageError(f"the output must end with .pdf or .png, got: {output}")
    settings = Settings.load()
    selection = Selection(types, designs, batch, order=sort, locale=locale, latest=latest)
    with database_as(Role.DASH, settings) as url:
        selected = select(selection, url)
    outputs.prepare(output)
    report(selected, selection)
    found = selected.attendees
    # Imported here, because importing WeasyPrint is slow.
    from badge_forge.sheets.contact_sheet import ContactSheet, png_path, title

    sheet = ContactSheet(found, settings.badges_dir, title(selection, selected), paper)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("placing badges", total=len(found))
        pages = sheet.write(output, lambda placed: progress.advance(task, placed))
    written = str(output)
    if output.suffix.lower() == ".png":
        written = str(png_path(output, 1, pages)) + (
            f" to {png_path(output, pages, pages).name}" if pages > 1 else ""
        )
    say(f"{written}: {counted(len(found), 'badge')} on {counted(pages, 'page')}")
    if sheet.missing:
        names = ", ".join(one_line(attendee.name, 60) for attendee in sheet.missing[:MOST_NAMED])
        more = " …" if len(sheet.missing) > MOST_NAMED else ""
        say(
            f"{counted(len(sheet.missing), 'badge')} without a PDF that can be read: {names}{more}; "
            "enqueue them again"
        )
