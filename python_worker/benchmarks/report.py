"""Report figures: a table on a terminal, plain lines in a log, and files."""

from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.chart import chart
from benchmarks.figures import LEAST_SAMPLES, Figure, number

VERDICTS = {True: "holds", False: "MISSED", None: ""}


def show(console: Console, figures: list[Figure]) -> None:
    """Print the figures of one part, and the command that measures them again."""
    if not console.is_terminal:
        for figure in figures:
            console.print(Text(f"  {figure.name}: {' '.join(_cells(figure)[1:])}"), soft_wrap=True)
    else:
        table = Table("what", "median", "unit", "min … max", "n", "bound", "")
        for figure in figures:
            table.add_row(*map(Text, _cells(figure)), style="red" if figure.holds is False else "")
        console.print(table)
    for command in sorted({figure.command for figure in figures}):
        console.print(Text(f"  again: {command}"), soft_wrap=True)


def show_machine(console: Console, machine: dict[str, str]) -> None:
    """Print the description of the machine."""
    for name, value in machine.items():
        console.print(Text(f"  {name}: {value}"), soft_wrap=True)


def write(folder: Path, machine: dict[str, str], figures: list[Figure]) -> None:
    """Write table.md and chart.svg into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(markdown(machine, figures), encoding="utf-8")
    (folder / "chart.svg").write_text(chart(machine, figures), encoding="utf-8")


def markdown(machine: dict[str, str], figures: list[Figure]) -> str:
    """Return the description of the machine and a table for each part as Markdown."""
    lines = [", ".join(f"{name} {value}" for name, value in machine.items()) + "."]
    for command, part in groupby(figures, key=lambda figure: figure.command):
        lines += ["", f"`{command}`", "", "| what | median | unit | min … max | samples | bound | |"]
        lines += ["|---|--:|---|---|--:|---|---|"]
        lines += [f"| {' | '.join(_cells(figure))} |" for figure in part]
    return "\n".join(lines) + "\n"


def _cells(figure: Figure) -> list[str]:
    few = len(figure.samples) < LEAST_SAMPLES
    return [
        figure.name,
        number(figure.value),
        figure.unit,
        f"{number(figure.least)} … {number(figure.most)}",
        f"{len(figure.samples)}{' (few)' if few else ''}",
        str(figure.bound or ""),
        VERDICTS[figure.holds],
    ]
