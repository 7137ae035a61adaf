"""Rows of a CSV or TSV text, with the delimiter that it has."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from badge_forge.errors import ListError

DELIMITERS = {",": ",", ";": ";", "\t": "tabs", "|": "|"}
"""Each delimiter, and how messages name it."""

SAMPLE_RECORDS = 20

SEP = "sep="
"""Excel writes and reads a first line such as `sep=;`."""


def csv_rows(text: str, path: Path) -> tuple[Iterator[list[str]], str]:
    """Return the records of `text`, and the name of its delimiter.

    Quotation marks must pair: an odd one would hide all rows up to the next. Raises `ListError`, also
    while the rows are iterated.
    """
    first_line, _, rest = text.partition("\n")
    if first_line.strip().lower().startswith(SEP) and len(first_line.strip("\r\n")) == len(SEP) + 1:
        delimiter = first_line[len(SEP)]
        # An empty record keeps the numbers of the rows.
        return _records("\n" + rest, delimiter, path), DELIMITERS.get(delimiter, delimiter)
    delimiter = max(DELIMITERS, key=lambda candidate: _fit(text, candidate))
    return _records(text, delimiter, path), DELIMITERS[delimiter]


def _fit(text: str, delimiter: str) -> tuple[int, int]:
    """Return how well `delimiter` divides the first records: how many like the widest, and its width."""
    records = islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), SAMPLE_RECORDS)
    try:
        widths = [len(record) for record in records if any(record)]
    except csv.Error:
        return 0, 0
    if not widths or widths[0] < 2:
        return 0, 0
    return sum(width == widths[0] for width in widths), widths[0]


def _records(text: str, delimiter: str, path: Path) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            yield record
            line = reader.line_num + 1
    except csv.Error as error:
        raise ListError(
            f"{path}: the record at line {line} is not valid CSV: {error}: correct its quotation marks"
        ) from None
