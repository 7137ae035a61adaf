"""Faults of the database and of the disk."""

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from badge_forge.database.embedded import EmbeddedDatabase
from chaos.fault_run import FaultRun
from helpers import eventually, still_alive

HELD = "held"

END_APPLICATIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> %s
"""


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
def no_connection_left(fault_run: FaultRun, reconnect: bool) -> Iterator[None]:
    """Take all connections that the server has for applications.

    `reconnect` ends those that the applications have, so that they need new ones.
    """
    url = fault_run.deployment.url("worker")
    with ExitStack() as held:

        def take() -> None:
            with suppress(psycopg.OperationalError):
                while True:
                    held.enter_context(closing(psycopg.connect(url, application_name=HELD)))

        take()
        if reconnect:
            with psycopg.connect(fault_run.url, autocommit=True) as owner:
                owner.execute(END_APPLICATIONS, [HELD])
                for _ in range(100):  # faster than the applications, which wait before they try again
                    take()
        yield


def link_files(fault_run: FaultRun) -> dict[Path, bytes]:
    """Make a hard link to each file of the spool and of the badges folder, as some backups do.

    Returns the content of each link.
    """
    backup = fault_run.deployment.logs / f"backup-{time.monotonic_ns()}"
    backup.mkdir()
    links = {}
    for folder in (fault_run.deployment.spool, fault_run.deployment.badges):
        for file in folder.glob("*"):
            link = backup / f"{folder.name}-{file.name}"
            with suppress(FileNotFoundError):  # a temporary file
                link.hardlink_to(file)
                if file.suffix == ".pdf":
                    links[link] = link.read_bytes()
    return links


@contextmanager
def memory_limit(name: str, mib: int) -> Iterator[Sequence[str]]:
    """Create a control group of `mib` MiB, and yield the prefix of a command that runs in it."""
    root = Path("/sys/fs/cgroup")
    unified = (root / "cgroup.controllers").exists()
    group = (root if unified else root / "memory") / f"badge-forge-{os.getpid()}-{name}"
    try:
        group.mkdir()
        limit = group / ("memory.max" if unified else "memory.limit_in_bytes")
        limit.write_text(str(mib * 1024 * 1024))
    except OSError as error:
        pytest.skip(f"can't limit the memory of a control group here: {error}")
    try:
        yield ("sh", "-c", f'echo $$ >{group}/cgroup.procs && exec "$@"', "sh")
    finally:
        eventually(lambda: not (group / "cgroup.procs").read_text())
        group.rmdir()


class Clock:
    """A wall clock that jumps, for commands with its `prefix`. Their monotonic clock does not."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("a C compiler is missing, which the library that shifts the clock needs")
        library = folder / "clock.so"
        source = Path(__file__).with_name("clock.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        self._file = folder / "offset"
        self._file.write_bytes(bytes(8))
        self.prefix = ("env", f"LD_PRELOAD={library}", f"CLOCK_OFFSET={self._file}")

    def jump(self, ahead_s: int) -> None:
        """Set the clock `ahead_s` seconds ahead of the machine's, or behind it."""
        with self._file.open("r+b") as offset:
            offset.write(struct.pack("l", ahead_s))


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
