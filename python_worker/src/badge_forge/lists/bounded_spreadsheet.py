"""Read a spreadsheet in a process with limits first: a small file can take all memory.

A sheet is read as a rectangle. One with two cells, in opposite corners, has 17 billion.
"""

import io
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from badge_forge.errors import ListError

MOST_BYTES = 2 * 2**30
MOST_CPU_S = 60


def require_bounded(content: bytes, path: Path) -> None:
    """Raise `ListError` if reading the spreadsheet takes more than `MOST_BYTES` or `MOST_CPU_S`."""
    reading = subprocess.run(
        [sys.executable, "-m", __name__],
        input=content,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if reading.returncode:
        raise ListError(
            f"can't read {path}: it takes more than {MOST_BYTES // 2**30} GiB or {MOST_CPU_S} s: delete "
            "the cells far from the table, or save the table as CSV"
        )


def _read(content: bytes) -> None:
    from python_calamine import CalamineError, CalamineWorkbook

    with suppress(CalamineError):  # the caller reads it again, and reports it
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        _sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _read(sys.stdin.buffer.read())
