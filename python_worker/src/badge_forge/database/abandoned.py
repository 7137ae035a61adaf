"""Clean up after a process that was killed. `guard` runs this module."""

import sys
from contextlib import suppress
from pathlib import Path

import psutil

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.lease import stop_if_unused
from badge_forge.settings import Settings

GRACE_S = 15.0
"""Seconds that the processes of a command get to end on SIGTERM: both applications finish their jobs."""


def end_tree(pid: int, created_at: float) -> None:
    """End the process `pid` and its descendants, with SIGTERM and then SIGKILL.

    `created_at` is the process's start, since the id may be another process's by now.
    """
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        if root.create_time() != created_at:
            return
        tree = [root, *root.children(recursive=True)]
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        _gone, alive = psutil.wait_procs(tree, timeout=GRACE_S)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def main(task: str, *arguments: str) -> None:
    """End a command, stop a database that no process uses, or delete a temporary one."""
    if task == "command":
        end_tree(int(arguments[0]), float(arguments[1]))
    elif task == "lease":
        stop_if_unused(Settings.load())
    elif task == "throwaway":
        folder, log = map(Path, arguments)
        EmbeddedDatabase(folder, log).destroy()
        log.unlink(missing_ok=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
