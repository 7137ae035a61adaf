"""Write the rows that can't be imported into a file, each with what is wrong with it."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from badge_forge.errors import StorageError
from badge_forge.files import write_atomically
from badge_forge.lists.person import Problem
from badge_forge.lists.safe_cells import safe_row

HEADERS = ("Row", "Field", "Reason", "Value")


def write_rejected(
    path: Path, headers: Sequence[str], rejected: Sequence[tuple[list[Problem], list[str]]]
) -> None:
    """Write one row for each problem: row, field, reason, value, and then all cells of the row.

    Raises `StorageError`.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(safe_row([*HEADERS, *headers]))
    for problems, cells in rejected:
        for problem in problems:
            writer.writerow(
                safe_row([str(problem.row), problem.field, problem.reason, problem.value, *cells])
            )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, text.getvalue().encode("utf-8-sig", "backslashreplace"))
    except OSError as error:
        raise StorageError(f"can't write {path}: {error.strerror or error}") from error
