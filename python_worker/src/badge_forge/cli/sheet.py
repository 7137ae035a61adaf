"""`bin/badge-forge sheet`."""

import hashlib
from pathlib import Path
from typing import TextIO, get_args

import click
from rich.console import Console
from rich.progress import Progress

from badge_forge.attendee import AttendeeType
from badge_forge.cli.printer import PRINTERS
from badge_forge.cli.say import say
from badge_forge.database.lease import leased
from badge_forge.errors import SheetError, UsageError
from badge_forge.settings import Settings
from badge_forge.sheets.badge_pdf import BadgeFacts, BadgePdf
from badge_forge.sheets.calibration import Calibration, Profiles
from badge_forge.sheets.layout import grid, stocks
from badge_forge.sheets.manifest import Manifest, record
from badge_forge.sheets.selection import Order, Selection, select

LINE_EVERY = 500
"""In a log, so many badges make a line."""


@click.command()
@click.argument(
    "pdfs", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True)
)
@click.option("--stock", help="Paper to cut (a4, a3, letter) or label stock.  [default: a4]")
@click.option("--stocks", "list_stocks", is_flag=True, help="List all label stock.")
@click.option("--type", "types", multiple=True, type=click.Choice(get_args(AttendeeType)))
@click.option("--design", "designs", metavar="NAME", multiple=True, help="The badges of one design.")
@click.option("--batch", help="The badges of one batch.")
@click.option("--ids", type=click.File(), help="A file with a badge's id a line.")
@click.option("--sort", type=click.Choice(get_args(Order)), default="queue", show_default=True)
@click.option(
    "--start", type=click.IntRange(min=1), help="First cell to print on, of a part-used sheet."
)
@click.option("--printer", help="Calibrated as bin/badge-forge printer set has it.")
@click.option("--again", type=click.Path(path_type=Path, exists=True), help="Repeat a manifest's order.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default="sheets.pdf")
def sheet(
    pdfs: tuple[Path, ...],
    stock: str | None,
    list_stocks: bool,
    types: tuple[str, ...],
    designs: tuple[str, ...],
    batch: str | None,
    ids: TextIO | None,
    sort: Order,
    start: int | None,
    printer: str | None,
    again: Path | None,
    output: Path,
) -> None:
    """Lay many badges on sheets: the PDFs that are named, or finished badges of the queue.

    All badges of a sheet have one size: where finished badges have several, --design chooses.

    Backs follow their fronts, to be printed on both sides and turned over the long edge. A manifest lies
    beside the sheets, as OUTPUT.json: with --again it repeats the order exactly.

    \b
    Examples:
      badge-forge sheet --design a6 --sort name -o all.pdf
      badge-forge sheet --stock a3 --type speaker --start 2 --printer office
      badge-forge sheet --again all.pdf.json -o all-again.pdf
    """
    if list_stocks:
        for name, one in stocks().items():
            click.echo(f"{name:<12} {one.description}")
        return
    chosen = any((pdfs, types, designs, batch, ids))
    if again:
        if chosen or stock or start or printer:
            raise UsageError("--again repeats an order as it was: it goes with no other option but -o")
        manifest = Manifest.read(again)
        badges = manifest.unchanged()
        stock, start, calibration = manifest.stock, manifest.start, manifest.calibration
    else:
        if pdfs and (types or designs or batch or ids):
            raise UsageError(
                "PDFs are laid as they are named: leave out --design, --type, --batch and --ids"
            )
        calibration = Profiles(PRINTERS).get(printer) if printer else Calibration()
        badges = [BadgePdf(path) for path in pdfs] or _finished(
            Selection(types, designs, batch, _read(ids), sort)
        )
    digest = _lay(badges, stock or "a4", start or 1, calibration, output)
    if again and digest != manifest.sha256:
        raise SheetError(
            f"{output} is not what {again} is of: that was changed, or made by another version"
        )


def _read(ids: TextIO | None) -> tuple[str, ...]:
    wanted = tuple(line.strip() for line in ids if line.strip()) if ids else ()
    if ids and not wanted:
        raise UsageError(f"{ids.name} has no id in it: one a line is expected")
    return wanted


def _finished(selection: Selection) -> list[BadgePdf]:
    settings = Settings.load()
    with leased(settings, say) as database:
        return select(selection, database.url, settings.badges_dir)


def _lay(badges: list[BadgePdf], stock: str, start: int, calibration: Calibration, output: Path) -> str:
    """Lay `badges`, with a manifest beside them, and return the SHA-256 of the sheets."""
    # Not before it is needed, as with all of the commands' parts that take long to import.
    from badge_forge.sheets.imposition import Imposition

    with badges[0].open() as pdf:
        facts = BadgeFacts.of(pdf)
    cells = grid(stock, facts.width_mm, facts.height_mm, facts.bleed_mm)
    if start > len(cells.cells):
        raise UsageError(f"--start {start}: a sheet of {stock} has {len(cells.cells)} places")
    if not output.parent.is_dir():
        raise SheetError(f"can't write {output}: there is no folder {output.parent}")
    beside = output.with_name(output.name + ".json")
    for path in (output, beside):
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is no file: choose another output")
        if any(badge.path == path.resolve() for badge in badges):
            raise UsageError(f"{path} is one of the badges: choose another output")
    console = Console(stderr=True)
    done = 0
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("laying badges", total=len(badges))

        def laid(number: int) -> None:
            nonlocal done
            done += number
            progress.advance(task, number)
            if not console.is_terminal and done % LINE_EVERY == 0:
                say(f"laid {done} of {len(badges)} badges")

        imposition = Imposition(cells, calibration, start - 1)
        sides = imposition.write(badges, output, laid)
    with output.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    Manifest(
        stock=stock,
        start=start,
        calibration=calibration,
        sheets=sides // facts.pages,
        sha256=digest,
        badges=record(badges),
    ).write(beside)
    say(f"{output}: {len(badges)} badges on {sides // facts.pages} sheets of {stock}, {sides} pages")
    say(f"{beside}: what lies on them")
    return digest
