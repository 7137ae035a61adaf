"""`bin/badge-forge sheet`."""

import hashlib
from pathlib import Path
from typing import TextIO

import click
from rich.console import Console
from rich.progress import Progress

from badge_forge.cli import options
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
from badge_forge.text.text import counted

LINE_EVERY = 500
"""Badges per line of progress, if the output is not a terminal."""


@click.command()
@click.argument(
    "pdfs", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True)
)
@click.option("--stock", help="Paper to cut (a4, a3, letter) or label stock.  [default: a4]")
@click.option("--stocks", "list_stocks", is_flag=True, help="List the label stock and exit.")
@options.types
@options.designs
@options.batch
@click.option("--ids", type=click.File(), help="Only the badges in this file, one id per line.")
@options.sort("queue")
@click.option(
    "--start", type=click.IntRange(min=1), help="First cell to use, if the sheet is partly used."
)
@click.option("--printer", help="Apply the calibration of this printer.")
@click.option(
    "--again", type=click.Path(path_type=Path, exists=True), help="Repeat the order in this manifest."
)
@options.output("sheets.pdf")
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
    """Place badges on sheets of paper or labels.

    The badges are the given PDFS, or else all finished badges in the database. All badges on a sheet
    have the same size: use --design if finished badges have several sizes.

    The back of a sheet follows its front: print double-sided, flipped on the long edge. OUTPUT.json is
    the manifest of the sheets: with --again, it repeats the order exactly.

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
            raise UsageError("--again repeats an order unchanged: remove all other options but -o")
        manifest = Manifest.read(again)
        badges = manifest.unchanged()
        stock, start, calibration = manifest.stock, manifest.start, manifest.calibration
    else:
        if pdfs and (types or designs or batch or ids):
            raise UsageError(
                "--design, --type, --batch and --ids select finished badges: remove them, or the PDFs"
            )
        calibration = Profiles(PRINTERS).get(printer) if printer else Calibration()
        badges = [BadgePdf(path) for path in pdfs] or _finished(
            Selection(types, designs, batch, _read(ids), sort)
        )
    digest = _impose(badges, stock or "a4", start or 1, calibration, output)
    if again and digest != manifest.sha256:
        raise SheetError(
            f"{output} differs from the sheets that {again} describes: the manifest was edited, or "
            "written by another version of Badge Forge"
        )


def _read(ids: TextIO | None) -> tuple[str, ...]:
    wanted = tuple(line.strip() for line in ids if line.strip()) if ids else ()
    if ids and not wanted:
        raise UsageError(f"{ids.name} contains no ids: write one per line")
    return wanted


def _finished(selection: Selection) -> list[BadgePdf]:
    settings = Settings.load()
    with leased(settings, say) as database:
        return select(selection, database.url, settings.badges_dir)


def _impose(
    badges: list[BadgePdf], stock: str, start: int, calibration: Calibration, output: Path
) -> str:
    """Write sheets with `badges` and their manifest, and return the SHA-256 of the sheets."""
    # Imported here, because importing it is slow.
    from badge_forge.sheets.imposition import Imposition

    with badges[0].open() as pdf:
        facts = BadgeFacts.of(pdf)
    cells = grid(stock, facts.width_mm, facts.height_mm, facts.bleed_mm)
    if start > len(cells.cells):
        raise UsageError(
            f"--start must be at most {len(cells.cells)}, the number of cells on a sheet of {stock}, "
            f"got: {start}"
        )
    if not output.parent.is_dir():
        raise SheetError(f"can't write {output}: the folder {output.parent} does not exist")
    manifest_path = output.with_name(output.name + ".json")
    for path in (output, manifest_path):
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is not a regular file: choose another output")
        if any(badge.path == path.resolve() for badge in badges):
            raise UsageError(f"{path} is one of the badges: choose another output")
    console = Console(stderr=True)
    done = 0
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("placing badges", total=len(badges))

        def placed(number: int) -> None:
            nonlocal done
            done += number
            progress.advance(task, number)
            if not console.is_terminal and done % LINE_EVERY == 0:
                say(f"placed {done} of {len(badges)} badges")

        imposition = Imposition(cells, calibration, start - 1)
        pages = imposition.write(badges, output, placed)
    sheets = pages // facts.pages
    with output.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    Manifest(
        stock=stock,
        start=start,
        calibration=calibration,
        sheets=sheets,
        sha256=digest,
        badges=record(badges),
    ).write(manifest_path)
    say(
        f"{output}: {counted(len(badges), 'badge')} on {counted(sheets, 'sheet')} of {stock}, "
        f"{counted(pages, 'page')}"
    )
    say(f"{manifest_path}: the manifest, to repeat the order with --again")
    return digest
