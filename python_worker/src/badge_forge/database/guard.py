"""Clean up after this process even if it is killed: a shell waits for its end, and runs `abandoned`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

GUARD = 'read -r _ || exec "$@"'
"""Waits for a line, or for the end of stdin. Only the guarded process has the other end."""


@contextmanager
def guarded(*task: str) -> Iterator[None]:
    """Run `python -m badge_forge.database.abandoned TASK…` if this process is killed in the block."""
    module = [sys.executable, "-m", "badge_forge.database.abandoned", *task]
    with subprocess.Popen(
        ["/bin/sh", "-c", GUARD, "sh", *module],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C and a closed terminal do not reach it
    ) as guard:
        try:
            yield
        finally:
            assert guard.stdin
            with suppress(OSError):  # the guard itself was killed
                guard.stdin.write(b"done\n")
                guard.stdin.close()
