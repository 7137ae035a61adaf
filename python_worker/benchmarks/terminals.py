"""Run commands in pseudo-terminals, and read what they draw without looking at it."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

COLUMNS, LINES = 200, 50
GRACE_S = 15


class Terminal:
    """A `badge-forge` command in a pseudo-terminal, which wrote `drawn` bytes."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.drawn = 0
        self._arguments = ("badge-forge", *arguments)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "badge_forge", *arguments],
            env=os.environ | {"TERM": "xterm-256color"} | environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def require_running(self) -> None:
        """Raise `RuntimeError` if the command has ended."""
        code = self._process.poll()
        if code is not None:
            raise RuntimeError(
                f"{' '.join(self._arguments)} ended with exit code {code}: run it to see why"
            )

    def close(self) -> None:
        """End the command and close the terminal."""
        self._process.terminate()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(GRACE_S)
        os.close(self._ours)

    def _read(self) -> None:
        with suppress(OSError):  # EIO: the command has ended
            while content := os.read(self._ours, 65536):
                self.drawn += len(content)


@contextmanager
def terminals(count: int, *arguments: str, **environment: str) -> Iterator[list[Terminal]]:
    """Run `badge-forge` in `count` terminals while the block runs."""
    found: list[Terminal] = []
    try:
        for _ in range(count):
            found.append(Terminal(*arguments, **environment))
        yield found
    finally:
        for terminal in found:
            terminal.close()
