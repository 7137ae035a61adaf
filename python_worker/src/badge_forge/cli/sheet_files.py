"""Write the files of `bin/badge-forge sheet`: sheets, and the manifest that repeats them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from badge_forge.cli import output as outputs
from badge_forge.cli.say import say
from badge_forge.errors import UsageError
from badge_forge.files import opened_regular
from badge_forge.sheets.badge_pdf import BadgeFacts, BadgePdf
from badge_forge.sheets.calibration import Calibration
from badge_forge.sheets.layout import Grid, grid
from badge_forge.sheets.manifest import Manifest, record
from badge_forge.text.text import counted

LINE_EVERY = 500
"""Badges per line of progress, if the output is not a terminal."""


def write_sheets(
    badges: Sequence[BadgePdf], stock: str, start: int, calibration: Calibration, output: Path
) -> str:
    """Write sheets with `badges` and their manifest, and return the SHA-256 of the sheets.

    The first badge is placed in the cell `start`, from 1. Raises `SheetError`, `StorageError`, and
    `UsageError` if an option is wrong.
    """
    with badges[0].open() as pdf:
        facts = BadgeFacts.of(pdf)
    cells = grid(stock, facts.width_mm, facts.height_mm, facts.bleed_mm)
    if start > len(cells.cells):
        raise UsageError(
            f"--start must be at most {len(cells.cells)}, the number of cells on a sheet of {stock}, "
            f"got: {start}"
        )
    manifest_path = output.with_name(output.name + ".json")
    for path in (output, manifest_path):
        if any(badge.path == path.resolve() for badge in badges):
            raise UsageError(f"{path} is one of the badges: choose another output")
        outputs.prepare(path)
    pages = _impose(badges, cells, start, calibration, output)
    sheets = pages // facts.pages
    with opened_regular(output.resolve()) as file:
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


def _impose(
    badges: Sequence[BadgePdf], cells: Grid, start: int, calibration: Calibration, output: Path
) -> int:
    """Write the sheets, show the progress, and return the number of pages."""
    # Imported here, because importing it is slow.
    from badge_forge.sheets.imposition import Imposition

    console = Console(stderr=True)
    done = 0
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("placing badges", total=len(badges))

        def placed(number: int) -> None:
            nonlocal done
            done += number
            progress.advance(task, number)
            if not console.is_terminal and done % LINE_EVERY == 0:
                say(f"placed {done} of {counted(len(badges), 'badge')}")

        return Imposition(cells, calibration, start - 1).write(badges, output, placed)
