"""A worker rescues the jobs of a queue of QUEUES_FILE, of both languages, after half a minute."""

import os
from pathlib import Path

import psycopg
import pytest

from badge_forge.database.rules import register_queues
from badge_forge.settings import ROOT
from helpers import enqueue, eventually, examples, running, states

pytestmark = pytest.mark.long

EXAMPLE = ROOT / "examples" / "own_queue"
ARGS = examples("example_sign", "valid")["room-and-text"]


def test_jobs_of_both_sides_are_taken_up_again_after_their_processes_were_killed(
    database_url: str,
    worker_url: str,
    connection: psycopg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUEUES_FILE", str(EXAMPLE / "queues.toml"))
    register_queues(database_url)
    environment = {
        "DATABASE_URL": worker_url,
        "PYTHONPATH": str(EXAMPLE),
        "SIGNS_DIR": str(tmp_path),
        "RENDERERS": "1",
    }
    sign = tmp_path / "hall-1.txt"
    os.mkfifo(sign)  # opening it waits for a reader, so the work does not end
    enqueue(connection, ARGS, queue="signs", worker="room_signs.MakeSign")
    # What an Elixir app leaves behind. tests/acceptance/test_own_queue.py kills a real one.
    notice = {"queue": "notices", "worker": "RoomSigns.Notice", "state": "executing", "attempt": 1}
    enqueue(connection, ARGS, **notice)
    with running("worker", log=tmp_path / "killed.log", **environment) as worker:
        eventually(lambda: states(connection, "signs") == {"executing": 1})
        worker.kill()
        worker.wait()
    sign.unlink()
    with running("worker", log=tmp_path / "log", **environment):
        eventually(lambda: states(connection, "signs") == {"completed": 1})
        # The one that was rescued, and the one that the sign enqueued.
        eventually(lambda: states(connection, "notices") == {"available": 2})
    assert sign.read_text() == ARGS["text"]
    rescued = (
        "SELECT queue FROM oban_jobs WHERE errors[1] ->> 'error' LIKE 'rescued: the heartbeat of %'"
    )
    assert sorted(connection.execute(rescued).fetchall()) == [("notices",), ("signs",)]
