"""`bin/badge-forge printer`."""

from pathlib import Path

import click

from badge_forge.cli.say import say
from badge_forge.errors import SheetError
from badge_forge.settings import VAR
from badge_forge.sheets.calibration import Calibration, Profiles
from badge_forge.sheets.layout import SHEETS, Sheet

PRINTERS = VAR / "printers.json"


@click.group()
def printer() -> None:
    """Measure what a printer does to a sheet, and take it back."""


@printer.command("test-page")
@click.argument("paper", type=click.Choice(list(SHEETS)), default="a4")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default="test-page.pdf")
def test_page(paper: Sheet, output: Path) -> None:
    """Make a page with rulers, to be printed and measured."""
    from badge_forge.sheets.ruler_page import ruler_page

    try:
        output.write_bytes(ruler_page(paper))
    except OSError as error:
        raise SheetError(f"can't write {output}: {error.strerror or error}") from error
    say(f"{output}: print it at 100 %, it says how to measure it")


@printer.command("set")
@click.argument("name")
@click.option("--right", "right_mm", type=float, required=True, help="Left edge to cross, in mm.")
@click.option("--down", "down_mm", type=float, required=True, help="Top edge to cross, in mm.")
@click.option("--ruler", "ruler_mm", type=click.FloatRange(min=1), required=True, help="Length in mm.")
def set_printer(name: str, right_mm: float, down_mm: float, ruler_mm: float) -> None:
    """Keep what was measured on a test page that the printer NAME printed.

    \b
    Example:
      badge-forge printer set office --right 20.8 --down 19.5 --ruler 159.6
    """
    calibration = Calibration.measured(right_mm, down_mm, ruler_mm)
    Profiles(PRINTERS).set(name, calibration)
    say(f"{name}: {_shown(calibration)}")


@printer.command("list")
def list_printers() -> None:
    """List all printers that are calibrated."""
    for name, calibration in Profiles(PRINTERS).read().items():
        click.echo(f"{name}: {_shown(calibration)}")


def _shown(calibration: Calibration) -> str:
    return (
        f"moved by {calibration.dx_mm:g} mm to the right and {calibration.dy_mm:g} mm down, "
        f"scaled by {calibration.scale:g}"
    )
