"""Faults of the database and of the disk."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from badge_forge.database.embedded import EmbeddedDatabase
from chaos.fault_run import FaultRun
from helpers import still_alive


def terminate_connections(fault_run: FaultRun) -> None:
    """Terminate every connection to the database of the run."""
    fault_run.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def restart(server: EmbeddedDatabase, after_s: float = 0) -> None:
    """Stop the server, and start it again after `after_s` seconds."""
    server.stop()
    time.sleep(after_s)
    server.start()


def crash(server: EmbeddedDatabase) -> None:
    """Kill all processes of the server and start it again, which empties unlogged tables."""
    pid = int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    postmaster = psutil.Process(pid)
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.kill()
    assert still_alive(processes) == []
    server.start()


@contextmanager
def idle_in_transaction(fault_run: FaultRun) -> Iterator[None]:
    """Hold locks on all executing rows, like a client that does not commit."""
    with psycopg.connect(fault_run.url) as forgetful:
        forgetful.execute("SELECT 1 FROM oban_jobs WHERE state = 'executing' FOR UPDATE")
        yield
        forgetful.rollback()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a disk of `size` (in the syntax of mount) at `folder`, which requires root."""
    folder.mkdir(parents=True)
    mounted = _mount("-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder))
    if mounted.returncode:
        pytest.skip(f"can't mount a small disk here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    """Change a mounted disk: `ro`, `rw`, `size=64m`."""
    result = _mount("-o", f"remount,{options}", str(folder))
    assert result.returncode == 0, result.stderr


def remove(folder: Path) -> None:
    """Remove a folder and its content while other processes write to it."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def _mount(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True, text=True)
