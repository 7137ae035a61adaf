"""Set rows in columns of a terminal, measured in cells: "日" is two cells wide."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

LEAST_CELLS = 8
"""Fewest cells of a flexible column."""

Cell = str | Text


@dataclass(frozen=True)
class Column:
    """A column with its `title`, aligned left unless `right`.

    It is as wide as its content, `most` cells at most. A `flexible` column gets what the others leave.
    An `optional` one is left out where it does not fit.
    """

    title: str
    right: bool = False
    flexible: bool = False
    optional: bool = False
    most: int = 40


def in_columns(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    width: int,
    titles: bool = True,
    gap: int = 2,
) -> list[Text]:
    """Return a line of titles and a line for each row, each at most `width` cells wide.

    Between columns is a `gap` in cells, or one cell where that does not fit.
    """
    cells = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    shown = list(range(len(columns)))
    while True:
        widths, fitting_gap = _widths(columns, cells, shown, width, gap)
        optional = [index for index in shown if columns[index].optional]
        if sum(widths.values()) + fitting_gap * (len(shown) - 1) <= width or not optional:
            break
        shown.remove(optional[-1])
    heads = [Text(columns[index].title, "dim") for index in shown]
    lines = [_line(columns, shown, heads, widths, fitting_gap)] if titles else []
    for row in cells:
        lines.append(_line(columns, shown, [row[index] for index in shown], widths, fitting_gap))
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines


def _widths(
    columns: Sequence[Column], cells: Sequence[Sequence[Text]], shown: list[int], width: int, gap: int
) -> tuple[dict[int, int], int]:
    """Return the width of each column that is shown, and the gap between them."""
    widths = {
        index: min(
            max([len(columns[index].title), *(row[index].cell_len for row in cells)]),
            columns[index].most,
        )
        for index in shown
    }
    flexible = [index for index in shown if columns[index].flexible]
    fixed = sum(widths[index] for index in shown if index not in flexible)
    least = fixed + LEAST_CELLS * len(flexible)
    gap = gap if least + gap * (len(shown) - 1) <= width else 1
    left = width - fixed - gap * (len(shown) - 1)
    for position, index in enumerate(flexible):
        widths[index] = max(LEAST_CELLS, left // (len(flexible) - position))
        left -= widths[index]
    return widths, gap


def _line(
    columns: Sequence[Column],
    shown: list[int],
    cells: Sequence[Text],
    widths: dict[int, int],
    gap: int,
) -> Text:
    line = Text(no_wrap=True)
    for position, (index, cell) in enumerate(zip(shown, cells, strict=True)):
        cell = cell.copy()
        cell.truncate(widths[index], overflow="ellipsis")
        padding = " " * (widths[index] - cell.cell_len)
        if position:
            line.append(" " * gap)
        if columns[index].right:
            line.append(padding)
        line.append_text(cell)
        if not columns[index].right and position < len(shown) - 1:
            line.append(padding)
    return line
