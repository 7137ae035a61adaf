"""The process of `bin/badge-forge worker`: how it starts, logs and stops."""

import json
import signal
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from helpers import HANG_S, badge_args, command, enqueue, eventually, run, running, states, still_alive


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "worker.log"
    path.touch()
    return path


@pytest.fixture
def environment(worker_url: str, badges_dir: Path) -> dict[str, str]:
    return {"DATABASE_URL": worker_url, "BADGES_DIR": str(badges_dir), "RENDERERS": "1"}


def job_lines(log: Path) -> list[dict[str, Any]]:
    marker = "[INFO] oban: "
    return [
        json.loads(line.partition(marker)[2]) for line in log.read_text().splitlines() if marker in line
    ]


def test_each_job_is_one_line_of_json_in_the_log(
    environment: dict[str, str], log: Path, connection: psycopg.Connection
) -> None:
    args = badge_args()
    (job_id,) = enqueue(connection, args)
    with running("worker", log=log, **environment) as worker:
        eventually(lambda: job_lines(log))
        worker.terminate()
        worker.wait(HANG_S)
    (line,) = job_lines(log)
    assert line["id"] == job_id
    assert line["args"] == args
    assert line | {"worker": "badge_forge.generator.GenerateBadge", "queue": "badges"} == line
    assert line | {"attempt": 1, "state": "completed"} == line
    assert line["duration"] > 0
    assert line["queue_time"] >= 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_jobs_finish_and_leaves_the_rest(
    number: signal.Signals, environment: dict[str, str], log: Path, connection: psycopg.Connection
) -> None:
    enqueue(connection, *(badge_args() for _ in range(300)))
    with running("worker", log=log, **environment) as worker:
        eventually(lambda: states(connection).get("completed", 0) >= 10)
        processes = psutil.Process(worker.pid).children(recursive=True)
        worker.send_signal(number)
        assert worker.wait(HANG_S) == 0
    left = states(connection)
    assert set(left) == {"completed", "available"}
    assert states(connection, "printing") == {"available": left["completed"]}
    assert still_alive(processes) == []


@pytest.mark.parametrize("through", [("worker",), ("db", "run", "--", *command("worker"))])
def test_sigterm_to_all_processes_at_once_is_graceful(
    through: tuple[str, ...],
    environment: dict[str, str],
    log: Path,
    connection: psycopg.Connection,
) -> None:
    enqueue(connection, *(badge_args() for _ in range(300)))
    with running(*through, log=log, **environment) as worker:
        eventually(lambda: states(connection).get("completed", 0) >= 10)
        for process in [
            psutil.Process(worker.pid),
            *psutil.Process(worker.pid).children(recursive=True),
        ]:
            process.terminate()
        assert worker.wait(HANG_S) == 0
    assert set(states(connection)) == {"completed", "available"}


def test_a_killed_worker_leaves_no_process_and_every_confirmation_has_its_badge(
    environment: dict[str, str], log: Path, connection: psycopg.Connection, badges_dir: Path
) -> None:
    enqueue(connection, *(badge_args() for _ in range(300)))
    with running("worker", log=log, **environment) as worker:
        eventually(lambda: states(connection).get("completed", 0) >= 10)
        processes = psutil.Process(worker.pid).children(recursive=True)
        worker.kill()
        worker.wait()
    assert still_alive(processes) == []
    assert states(connection, "printing")["available"] == states(connection)["completed"]
    for (file,) in connection.execute("SELECT args->>'file' FROM oban_jobs WHERE queue = 'printing'"):
        assert (badges_dir / file).read_bytes().rstrip().endswith(b"%%EOF")


def test_a_missing_schema_is_reported_on_one_line_with_the_command_to_run(
    empty_database_url: str,
) -> None:
    result = run("worker", DATABASE_URL=empty_database_url)
    assert result.returncode == 1
    assert "run `bin/badge-forge db migrate`" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_unreachable_database_is_reported_without_the_password() -> None:
    result = run("worker", DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/nowhere")
    assert result.returncode == 1
    assert "cannot reach the database 127.0.0.1:1/nowhere" in result.stderr.splitlines()[-1]
    assert "hunter2" not in result.stderr
    assert "Traceback" not in result.stderr


def test_a_worker_with_a_database_url_writes_nothing_under_var(
    environment: dict[str, str], log: Path, connection: psycopg.Connection
) -> None:
    # No file can be created there, as on a read-only root file system.
    with running("worker", log=log, **environment | {"BADGE_FORGE_VAR": "/dev/null/var"}):
        enqueue(connection, badge_args())
        eventually(lambda: states(connection) == {"completed": 1})
