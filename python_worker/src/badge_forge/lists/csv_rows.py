"""Rows of a CSV or TSV file, with the delimiter that it has."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from badge_forge.errors import ListError
from badge_forge.lists.encodings import Decodable

DELIMITERS = {",": ",", ";": ";", "\t": "tabs", "|": "|"}
"""Each delimiter, and how messages name it."""

SAMPLE_RECORDS = 20

SEP = "sep="
"""Excel writes and reads a first line such as `sep=;`."""


def csv_rows(file: Decodable, path: Path) -> tuple[Iterator[list[str]], str]:
    """Return the records of `file`, and the name of its delimiter.

    Quotation marks must pair: an odd one would hide all rows up to the next. Raises `ListError`, also
    while the rows are iterated.
    """
    lines = file.text()
    first = next(lines).rstrip("\r\n")
    if first.lower().startswith(SEP) and len(first) == len(SEP) + 1:
        # An empty record keeps the numbers of the rows.
        return _records(chain(["\n"], lines), first[-1], path), DELIMITERS.get(first[-1], first[-1])
    delimiter = max(DELIMITERS, key=lambda candidate: _fit(file, candidate))
    return _records(file.text(), delimiter, path), DELIMITERS[delimiter]


def _fit(file: Decodable, delimiter: str) -> tuple[int, int]:
    """Return how well `delimiter` divides the first records: how many like the first, and its width."""
    records = islice(csv.reader(file.text(), delimiter=delimiter), SAMPLE_RECORDS)
    try:
        widths = [len(record) for record in records if any(record)]
    except csv.Error:
        return 0, 0
    if not widths or widths[0] < 2:
        return 0, 0
    return sum(width == widths[0] for width in widths), widths[0]


def _records(lines: Iterable[str], delimiter: str, path: Path) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            yield record
            line = reader.line_num + 1
    except csv.Error as error:
        raise ListError(
            f"{path}: the record at line {line} is not valid CSV: {error}: correct its quotation marks"
        ) from None
