"""The first user starts the embedded database, and the last one stops it."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from badge_forge.database.embedded import EmbeddedDatabase
from helpers import HANG_S, eventually, run, running, still_alive

HOLD = ("db", "run", "--", "sh", "-c", "echo ready; exec sleep infinity")


@pytest.fixture
def environment(copied_server: Callable[[Path], EmbeddedDatabase], tmp_path: Path) -> dict[str, str]:
    """Use a separate `var/`, and no Docker, so that the embedded database is chosen."""
    copied_server(tmp_path / "var" / "postgres")
    return {"BADGE_FORGE_VAR": str(tmp_path / "var"), "DOCKER_HOST": "tcp://127.0.0.1:1"}


def is_up(environment: dict[str, str]) -> bool:
    return run("db", "url", **environment).returncode == 0


def terminate(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(HANG_S)


def test_a_database_started_for_a_command_stops_with_its_last_user(
    environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with running(*HOLD, log=log, **environment) as first:
        eventually(lambda: log.read_text().count("ready") == 1)
        with running(*HOLD, log=log, **environment) as second:
            eventually(lambda: log.read_text().count("ready") == 2)
            terminate(first)
            assert is_up(environment)
            terminate(second)
            assert not is_up(environment)


@pytest.mark.parametrize("throwaway", [(), ("--throwaway",)], ids=["lease", "throwaway"])
def test_kill_9_of_db_run_ends_its_command_and_its_server(
    throwaway: tuple[str, ...], environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    # What is to end is a child of the command, as Elixir is of `sh -c 'cd elixir_app && mix …'`.
    command = ("db", "run", *throwaway, "--", "sh", "-c", "sleep infinity & echo ready; wait")
    with running(*command, log=log, **environment) as process:
        eventually(lambda: "ready" in log.read_text())
        started = psutil.Process(process.pid).children(recursive=True)
        data = list((tmp_path / "var").glob("*/data/postmaster.pid"))
        servers = [psutil.Process(int(file.read_text().split()[0])) for file in data]
        assert servers
        process.kill()
        assert still_alive([*started, *servers]) == []
    assert throwaway == () or list((tmp_path / "var").glob("throwaway-*")) == []


def test_a_database_started_by_db_up_keeps_running(environment: dict[str, str]) -> None:
    try:
        assert run("db", "up", **environment).returncode == 0
        assert run("db", "run", "--", "true", **environment).returncode == 0
        assert is_up(environment)
    finally:
        result = run("db", "down", **environment)
    assert result.stderr == "embedded: stopped\n"
    assert not is_up(environment)


def test_a_database_in_use_is_not_stopped(environment: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(*HOLD, log=log, **environment) as holder:
        eventually(lambda: "ready" in log.read_text())
        result = run("db", "down", **environment)
        assert result.returncode == 1
        assert (
            "in use by a worker, a demo, an iex session or containers: stop them first" in result.stderr
        )
        terminate(holder)


def test_a_user_of_another_database_does_not_count(
    environment: dict[str, str], tmp_path: Path, database_url: str
) -> None:
    log = tmp_path / "log"
    with running(*HOLD, log=log, **environment) as holder:
        eventually(lambda: log.read_text().count("ready") == 1)
        given = environment | {"DATABASE_URL": database_url}
        with running(*HOLD, log=log, **given) as other:
            eventually(lambda: log.read_text().count("ready") == 2)
            terminate(holder)
            assert not is_up(environment)
            terminate(other)


def test_a_killed_user_does_not_keep_the_database_running(
    environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with running(*HOLD, log=log, **environment) as killed:
        eventually(lambda: "ready" in log.read_text())
        # Its guard is killed with it.
        processes = [*psutil.Process(killed.pid).children(recursive=True), psutil.Process(killed.pid)]
        for process in processes:
            process.kill()
        assert still_alive(processes) == []
        assert is_up(environment)
        assert run("db", "run", "--", "true", **environment).returncode == 0
        assert not is_up(environment)
