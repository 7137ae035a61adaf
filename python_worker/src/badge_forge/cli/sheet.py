"""`bin/badge-forge sheet`."""

from pathlib import Path
from typing import TextIO

import click

from badge_forge.cli import options
from badge_forge.cli.database import database_as
from badge_forge.cli.printer import PRINTERS
from badge_forge.cli.selected import report
from badge_forge.cli.sheet_files import write_sheets
from badge_forge.database.roles import Role
from badge_forge.errors import SheetError, UsageError
from badge_forge.settings import Settings
from badge_forge.sheets.badge_files import badge_files
from badge_forge.sheets.badge_pdf import BadgePdf
from badge_forge.sheets.calibration import Calibration, Profiles
from badge_forge.sheets.layout import stocks
from badge_forge.sheets.manifest import Manifest
from badge_forge.sheets.selection import Selection, select
from badge_forge.text.order import Order


@click.command()
@click.argument(
    "pdfs", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True)
)
@click.option("--stock", help="Paper to cut (a4, a3, letter) or label stock.  [default: a4]")
@click.option("--stocks", "list_stocks", is_flag=True, help="List the label stock and exit.")
@options.types
@options.designs
@options.batch
@options.latest
@click.option("--ids", type=click.File(), help="Only the badges in this file, one id per line.")
@options.sort("queue")
@options.locale
@click.option("--strict", is_flag=True, help="Write nothing if a badge would be left out.")
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
    latest: bool,
    ids: TextIO | None,
    sort: Order,
    locale: str | None,
    strict: bool,
    start: int | None,
    printer: str | None,
    again: Path | None,
    output: Path,
) -> None:
    """Place badges on sheets of paper or labels.

    The badges are the given PDFS, or else all finished badges in the database. A line says how many are
    left out, and why. If designs have different sizes, each gets a PDF: all.pdf becomes all-a6.pdf and
    all-conf-4x6.pdf.

    The back of a sheet follows its front: print double-sided, flipped on the long edge. OUTPUT.json is
    the manifest of the sheets: with --again, it repeats the order exactly.

    \b
    Examples:
      badge-forge sheet --latest --sort family-name -o all.pdf
      badge-forge sheet --stock a3 --type speaker --start 2 --printer office
      badge-forge sheet --again all.pdf.json -o all-again.pdf
    """
    if list_stocks:
        for name, one in stocks().items():
            click.echo(f"{name:<12} {one.description}")
        return
    selection = Selection(types, designs, batch, _read(ids), sort, locale, latest)
    if again:
        if pdfs or not selection.everything or stock or start or printer or strict:
            raise UsageError("--again repeats an order unchanged: remove all other options but -o")
        _repeat(again, output)
        return
    if pdfs and not selection.everything:
        raise UsageError(
            "--design, --type, --batch, --latest and --ids select finished badges: "
            "remove them, or the PDFs"
        )
    calibration = Profiles(PRINTERS).get(printer) if printer else Calibration()
    groups = {"": [BadgePdf(path) for path in pdfs]} if pdfs else _finished(selection, strict)
    if start and len(groups) > 1:
        raise UsageError(
            f"--start is for one PDF, and {' and '.join(groups)} need one each: "
            "choose one with --design NAME"
        )
    for design, badges in groups.items():
        path = output.with_stem(f"{output.stem}-{design}") if len(groups) > 1 else output
        write_sheets(badges, stock or "a4", start or 1, calibration, path)


def _read(ids: TextIO | None) -> tuple[str, ...]:
    wanted = tuple(line.strip() for line in ids if line.strip()) if ids else ()
    if ids and not wanted:
        raise UsageError(f"{ids.name} contains no ids: write one per line")
    return wanted


def _repeat(again: Path, output: Path) -> None:
    manifest = Manifest.read(again)
    badges = manifest.unchanged()
    digest = write_sheets(badges, manifest.stock, manifest.start, manifest.calibration, output)
    if digest != manifest.sha256:
        raise SheetError(
            f"{output} differs from the sheets that {again} describes: the manifest was edited, or "
            "written by another version of Badge Forge"
        )


def _finished(selection: Selection, strict: bool) -> dict[str, list[BadgePdf]]:
    """Return the finished badges by the PDF that they go to, and say what is left out."""
    settings = Settings.load()
    with database_as(Role.DASH, settings) as url:
        selected = select(selection, url)
    groups = badge_files(selected, selection, settings.badges_dir)
    if strict and selected.left_out.total:
        raise SheetError(f"{selected.left_out}; without --strict, the others are placed")
    report(selected, selection)
    return groups
