"""The command line of the benchmarks; see `python -m benchmarks --help`."""

import sys
import time
from importlib import import_module
from pathlib import Path

import click
import psutil
from rich.console import Console
from rich.text import Text

from badge_forge.demo.processes import stopped_by_signals
from badge_forge.errors import BadgeForgeError
from badge_forge.settings import ROOT
from benchmarks.run import Run

PARTS = {
    "renderer": "renderer",
    "end-to-end": "end_to_end",
    "walk-up": "walk_up",
    "growth": "growth",
    "memory": "memory",
    "views": "views",
    "enqueue": "enqueueing",
    "demo": "demo",
}
"""The modules of the parts by name on the command line, in the order in which they run."""

IDLE_S, BUSY_PERCENT = 1.0, 10
"""How long CPU use is measured before each part, and the use from which on it warns."""

RESULTS = ROOT / "docs" / "benchmarks"


@click.command()
@click.argument("part", type=click.Choice(list(PARTS)), required=False)
@click.option("--quick", is_flag=True, help="A smoke test of one minute. Its figures mean little.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for table.md and chart.svg. [default: docs/benchmarks for a full run]",
)
def main(part: str | None, quick: bool, output: Path | None) -> None:
    """Measure the cost of a badge: all parts, or one PART at full size.

    \b
    Examples:
      python -m benchmarks
      python -m benchmarks renderer
      python -m benchmarks --quick --output /tmp/quick
    """
    from benchmarks import report
    from benchmarks.machine import describe

    console = Console(highlight=False)

    def say(line: str) -> None:
        console.print(Text(f"bench: {line}"), soft_wrap=True)

    started_at = time.monotonic()
    machine = describe()
    figures = []
    busy = []
    for name in [part] if part else PARTS:
        # No benchmark runs at this point, so this is the load from other processes.
        busy.append(psutil.cpu_percent(interval=IDLE_S))
        say(f"{name} …")
        if busy[-1] > BUSY_PERCENT:
            say(
                f"other processes use {busy[-1]:.0f} % of the CPU: only figures in CPU time are reliable"
            )
        began_at = time.monotonic()
        with stopped_by_signals():  # otherwise processes of the part would keep running
            measured = import_module(f"benchmarks.{PARTS[name]}").measure(
                Run(say, quick=quick, alone=part is not None)
            )
        say(f"{name}: {time.monotonic() - began_at:.0f} s")
        report.show(console, measured)
        figures += measured
    machine["others kept busy"] = f"{min(busy):.0f} to {max(busy):.0f} %"
    machine["took"] = f"{time.monotonic() - started_at:.0f} s"
    report.show_machine(console, machine)
    if output is None and part is None and not quick:
        output = RESULTS
    if output:
        report.write(output, machine, figures)
        say(f"written: {output}/table.md and chart.svg")
    missed = [figure for figure in figures if figure.holds is False]
    for figure in missed:
        say(f"out of bounds: {figure.name}: {figure.value:.3g} {figure.unit}, {figure.bound}")


if __name__ == "__main__":
    try:
        main()
    except (BadgeForgeError, RuntimeError, TimeoutError) as error:
        sys.exit(f"bench: {error}")
