"""The example of docs/a-queue-of-your-own.md: a worker in each language, called by the other."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from badge_forge import registry
from badge_forge.database.roles import Role, role_url
from badge_forge.database.rules import register_queues
from badge_forge.demo.processes import Application, stopped_together
from badge_forge.jobs.lifeline import Lifeline
from badge_forge.settings import ROOT
from helpers import HANG_S, call, enqueue, eventually, examples, states, still_alive

pytestmark = pytest.mark.usefixtures("elixir")

EXAMPLE = ROOT / "examples" / "own_queue"

ARGS = examples("example_sign", "valid")["room-and-text"]

START = """
config = [badge_forge: Application.get_all_env(:badge_forge)]
config |> Config.Reader.merge(Config.Reader.read!("config.exs")) |> Application.put_all_env()
{:ok, _apps} = Application.ensure_all_started(:badge_forge)
job = Oban.Job.new(ARGS, queue: "signs", worker: "room_signs.MakeSign", max_attempts: 5)
{:ok, _job} = Oban.insert(job)
"""
"""What a user has in `config/config.exs` and calls in IEx. `-r` compiles the worker's module."""


class Bridge(NamedTuple):
    """Both applications with the example, and the folders of its files."""

    connection: psycopg.Connection
    url: str
    signs: Path
    notices: Path
    app: Application


@pytest.fixture(scope="module")
def bridge(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    var = tmp_path_factory.mktemp("var")
    signs, notices = tmp_path_factory.mktemp("signs"), tmp_path_factory.mktemp("notices")
    environment = os.environ | {
        "BADGE_FORGE_VAR": str(var),
        "QUEUES_FILE": str(EXAMPLE / "queues.toml"),
        "PYTHONPATH": str(EXAMPLE),
        "SIGNS_DIR": str(signs),
        "NOTICES_DIR": str(notices),
        "RENDERERS": "1",
    }
    of_worker, of_app = (
        environment | {"DATABASE_URL": role_url(shared_database_url, role)}
        for role in (Role.WORKER, Role.PRINT_CENTER)
    )
    literal = "%{" + ", ".join(f'"{field}" => "{value}"' for field, value in ARGS.items()) + "}"
    start = START.replace("ARGS", literal).replace("config.exs", str(EXAMPLE / "config.exs"))
    app = ("mix", "run", "--no-start", "--no-halt", "-r", str(EXAMPLE / "notice.ex"), "-e", start)
    worker = (sys.executable, "-m", "badge_forge", "worker")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUEUES_FILE", environment["QUEUES_FILE"])
        register_queues(shared_database_url)
        applications = [
            Application("the worker", worker, ROOT, var / "worker.log", of_worker),
            Application("the app", app, ROOT / "elixir_app", var / "elixir.log", of_app),
        ]
        with (
            stopped_together(applications, grace_s=HANG_S),
            psycopg.connect(shared_database_url, autocommit=True) as connection,
        ):
            yield Bridge(connection, of_worker["DATABASE_URL"], signs, notices, applications[1])


def test_a_job_from_elixir_runs_in_python_and_its_answer_runs_in_elixir(bridge: Bridge) -> None:
    eventually(lambda: states(bridge.connection, "notices") == {"completed": 1})
    assert (bridge.signs / "hall-1.txt").read_text() == ARGS["text"]
    assert (bridge.notices / "hall-1.txt").read_text() == f"The sign says: {ARGS['text']}"
    assert states(bridge.connection, "signs") == {"completed": 1}


@pytest.mark.parametrize("name", examples("example_notice", "invalid"))
def test_args_that_break_the_contract_are_cancelled_in_elixir_with_the_field(
    name: str, bridge: Bridge
) -> None:
    example = examples("example_notice", "invalid")[name]
    (job_id,) = enqueue(bridge.connection, example["args"], queue="notices", worker="RoomSigns.Notice")
    statement = "SELECT errors[1] ->> 'error' FROM oban_jobs WHERE id = %s AND state = 'cancelled'"
    row = eventually(lambda: bridge.connection.execute(statement, [job_id]).fetchone())
    assert row
    assert f'{{:cancel, "{example["field"]}: ' in row[0]


def test_a_queue_of_elixir_pauses_and_resumes(bridge: Bridge) -> None:
    for action, state in (("pause", "paused"), ("resume", "running")):
        result = call(action, "notices", DATABASE_URL=bridge.url)
        assert result.returncode == 0, result.stderr
        assert result.stderr.startswith(f"notices: {state} on ")


async def test_a_job_is_rescued_after_its_elixir_app_was_killed(bridge: Bridge) -> None:
    os.mkfifo(bridge.notices / "hall-2.txt")  # opening it waits for a reader, so the work does not end
    args = {"room": "hall-2", "text": "Keynote"}
    (job_id,) = enqueue(bridge.connection, args, queue="notices", worker="RoomSigns.Notice")
    state = "SELECT state::text FROM oban_jobs WHERE id = %s"
    eventually(lambda: bridge.connection.execute(state, [job_id]).fetchone() == ("executing",))
    os.killpg(bridge.app.process_id, signal.SIGKILL)
    assert still_alive([psutil.Process(bridge.app.process_id)]) == []
    async with AsyncConnectionPool(bridge.url, open=False, kwargs={"autocommit": True}) as pool:
        lifeline = Lifeline(pool, registry.names(), rescue_after_s=1e-9)
        # A last heartbeat may be under way.
        while bridge.connection.execute(state, [job_id]).fetchone() == ("executing",):
            await lifeline.look()
    assert bridge.connection.execute(state, [job_id]).fetchone() == ("available",)
