"""Attack: close the terminal of a command whose session is led by `make`, which waits for it."""

import os
import pty
import shutil
import signal
import sys
from pathlib import Path

import psutil
import pytest

from helpers import eventually

PROGRAM = "import time; print(1234, flush=True); time.sleep(10_000)"


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_a_command_below_make_ends_with_its_terminal(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    makefile = tmp_path / "Makefile"
    python = sys.executable
    makefile.write_text(f"run:\n\t@{python} -m badge_forge db run -- {python} -c '{PROGRAM}'\n")
    leader, terminal = pty.fork()
    if leader == 0:
        os.execlp("make", "make", "-f", str(makefile))
    processes: list[psutil.Process] = []
    try:
        shown = b""
        while b"1234" not in shown:
            shown += os.read(terminal, 1000)
        processes = psutil.Process(leader).children(recursive=True)
        assert len(processes) == 3  # the command, its guard, and its program
        os.close(terminal)
        eventually(lambda: not any(map(_runs, processes)))
    finally:
        for process in filter(_runs, processes):
            process.kill()
        os.kill(leader, signal.SIGKILL)
        os.waitpid(leader, 0)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
