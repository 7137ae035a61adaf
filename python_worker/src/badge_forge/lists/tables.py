"""Read a list's file as a table: rows of texts, from CSV, TSV, XLSX, XLS, XLSB or ODS."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from badge_forge.errors import ListError
from badge_forge.files import read_regular
from badge_forge.lists.csv_rows import csv_rows
from badge_forge.lists.encodings import decodable
from badge_forge.lists.spreadsheets import is_spreadsheet, sheet_rows

MOST_COLUMNS = 1000
MOST_CELL_LENGTH = 100_000
"""Bounds of what is taken for a list. A list of 50,000 people has some ten megabytes."""


@dataclass(frozen=True)
class Row:
    """A row of the file. `number` counts from 1, as a spreadsheet does."""

    number: int
    cells: list[str]


@dataclass
class Table:
    """The rows of a file, which can be iterated once, and what was found out about it.

    `format` is for messages: "CSV with ;, cp1252". `notes` are for the user.
    """

    rows: Iterator[Row]
    format: str
    notes: list[str] = field(default_factory=list)


def read_table(path: Path, encoding: str | None = None, sheet: str | None = None) -> Table:
    """Read the file `path`, whose type is told by its content.

    `encoding` is that of a CSV, if it can't be told; `sheet` is the name of a spreadsheet's sheet, if it
    has several. Blank rows are left out. Raises `ListError`.
    """
    try:
        content = read_regular(path.resolve())
    except OSError as error:
        raise ListError(f"can't read {path}: {error.strerror or error}") from error
    if not content.strip(b"\0 \t\r\n"):
        raise ListError(f"{path} is empty: choose another file")
    if is_spreadsheet(content):
        if encoding is not None:
            raise ListError(f"{path} is a spreadsheet, which has no encoding: remove --encoding")
        rows, name, notes = sheet_rows(content, path, sheet)
        return Table(_numbered(rows), f"sheet {name!r}", notes)
    if sheet is not None:
        raise ListError(f"{path} is not a spreadsheet, so it has no sheet {sheet!r}: remove --sheet")
    found = decodable(content, encoding)
    records, delimiter = csv_rows(found, path)
    table = Table(_numbered(records), f"CSV with {delimiter}, {found.encoding.removesuffix('-sig')}")
    if found.assumed:
        table.notes.append(
            f"{path.name} is not UTF-8: read as {found.encoding}; look at the names, and use "
            "--encoding if they are misspelled"
        )
    return table


def _numbered(rows: Iterable[list[str]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, 1):
        if len(cells) > MOST_COLUMNS:
            raise ListError(f"row {number}: has {len(cells)} columns, at most {MOST_COLUMNS} are read")
        if any(len(cell) > MOST_CELL_LENGTH for cell in cells):
            raise ListError(
                f"row {number}: a cell has more than {MOST_CELL_LENGTH} characters: "
                "a quotation mark is missing, or the file is not a list"
            )
        if any(cell.strip() for cell in cells):
            yield Row(number, cells)
