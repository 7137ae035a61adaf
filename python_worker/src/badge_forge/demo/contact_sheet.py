"""Write the contact sheet of the demo, in a process that loads WeasyPrint while the applications work.

In a thread, loading it would delay the end of the demo after Ctrl-C, or could crash it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from badge_forge.errors import BadgeForgeError, WorldError

NICENESS = 5
"""The applications start first."""


@contextmanager
def contact_sheet_writer() -> Iterator[Callable[[str, Path, Path, str], None]]:
    """Yield a function like `write_contact_sheet`, to be called at most once.

    It raises `WorldError` if the sheet can't be written.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "badge_forge.demo.contact_sheet"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C does not reach it
    ) as process:

        def write(database_url: str, badges_dir: Path, path: Path, batch_id: str) -> None:
            request = json.dumps([database_url, str(badges_dir), str(path), batch_id])
            _output, error = process.communicate(request)
            if process.returncode:
                raise WorldError(error.strip() or f"no contact sheet: exit code {process.returncode}")

        try:
            yield write
        finally:
            process.kill()


def main() -> None:
    """Write the contact sheet that stdin asks for. Its end is also the end of the demo."""
    os.nice(NICENESS)
    from badge_forge.sheets.contact_sheet import write_contact_sheet

    if request := sys.stdin.read():
        database_url, badges_dir, path, batch_id = json.loads(request)
        try:
            write_contact_sheet(database_url, Path(badges_dir), Path(path), batch_id)
        except BadgeForgeError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
