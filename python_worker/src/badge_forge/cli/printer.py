"""`bin/badge-forge printer`."""

from pathlib import Path

import click

from badge_forge.cli import options
from badge_forge.cli import output as outputs
from badge_forge.cli.say import say, tell
from badge_forge.errors import SheetError
from badge_forge.settings import VAR
from badge_forge.sheets.calibration import Calibration, Profiles
from badge_forge.sheets.layout import SHEETS, Sheet

PRINTERS = VAR / "printers.json"


@click.group()
def printer() -> None:
    """Calibrate printers that shift or scale a sheet."""


@printer.command("test-page")
@click.argument("paper", type=click.Choice(list(SHEETS)), default="a4")
@click.option("--back", is_flag=True, help="Also a page for the back, to print double-sided.")
@options.output("test-page.pdf")
def test_page(paper: Sheet, back: bool, output: Path) -> None:
    """Write a page with rulers, to print and measure."""
    from badge_forge.sheets.ruler_page import ruler_page

    outputs.prepare(output)
    try:
        output.write_bytes(ruler_page(paper, back))
    except OSError as error:
        raise SheetError(f"can't write {output}: {error.strerror or error}") from error
    say(f"{output}: print it at 100 %, then follow the instructions on it")


@printer.command("set")
@click.argument("name")
@click.option(
    "--right", "right_mm", type=float, required=True, help="From the left edge to the cross, in mm."
)
@click.option(
    "--down", "down_mm", type=float, required=True, help="From the top edge to the cross, in mm."
)
@click.option(
    "--ruler", "ruler_mm", type=click.FloatRange(min=1), required=True, help="Length of a ruler, in mm."
)
@click.option("--back", is_flag=True, help="Of the back of a sheet.  [default: of both sides]")
def set_printer(name: str, right_mm: float, down_mm: float, ruler_mm: float, back: bool) -> None:
    """Store the measurements of a test page from the printer NAME.

    Without measurements of the back, backs are corrected as fronts are.

    \b
    Examples:
      badge-forge printer set office --right 20.8 --down 19.5 --ruler 159.6
      badge-forge printer set office --back --right 19.1 --down 19.5 --ruler 159.6
    """
    measured = Calibration.measured(right_mm, down_mm, ruler_mm)
    say(f"{name}: {_shown(Profiles(PRINTERS).set(name, measured, back))}")


@printer.command("list")
def list_printers() -> None:
    """List the calibrated printers and their corrections."""
    for name, calibration in Profiles(PRINTERS).read().items():
        tell(f"{name}: {_shown(calibration)}")


def _shown(calibration: Calibration) -> str:
    shown = (
        f"moved by {calibration.dx_mm:g} mm to the right and {calibration.dy_mm:g} mm down, "
        f"scaled by {calibration.scale:g}"
    )
    return f"{shown}; backs {_shown(calibration.back)}" if calibration.back else shown
