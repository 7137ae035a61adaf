"""A worker reports its renderers in `oban_producers`, where every view reads them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from badge_forge.database.roles import Role, role_url
from badge_forge.jobs.signals import pause, resume
from helpers import badge_args, call, enqueue, eventually, running, states

REPORT = "SELECT node, meta -> 'renderers' FROM oban_producers WHERE queue = 'badges'"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worker")


@pytest.fixture(scope="module")
def worker(shared_database_url: str, folder: Path) -> Iterator[psutil.Process]:
    """A worker with two renderers, which runs and idles at the end of each test."""
    environment = {
        "DATABASE_URL": role_url(shared_database_url, Role.WORKER),
        "BADGES_DIR": str(folder / "badges"),
        "RENDERERS": "2",
    }
    with running("worker", log=folder / "worker.log", **environment) as process:
        yield psutil.Process(process.pid)


@pytest.fixture
def connection(shared_database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(shared_database_url, autocommit=True) as connection:
        connection.execute("TRUNCATE oban_jobs")
        yield connection


def report(connection: psycopg.Connection) -> dict[str, Any]:
    """Return the worker's last report, {} before the first one."""
    row = connection.execute(REPORT).fetchone()
    return (row and row[1]) or {}


def renderers(worker: psutil.Process) -> list[psutil.Process]:
    """Return the children of the worker's fork server."""
    (server,) = (child for child in worker.children() if "forkserver" in " ".join(child.cmdline()))
    return list(server.children())


def test_a_worker_reports_its_renderers_their_memory_and_their_restarts(
    worker: psutil.Process, connection: psycopg.Connection
) -> None:
    told = eventually(lambda: report(connection))
    restarts = told["restarts"]
    assert set(told) == {"count", "busy", "memory_mib", "restarts"}
    assert (told["count"], told["busy"]) == (2, 0)
    memory = sorted((one.memory_info().rss / 2**20 for one in renderers(worker)), reverse=True)
    assert told["memory_mib"] == pytest.approx(memory, abs=20)
    for renderer in renderers(worker):
        renderer.kill()
    enqueue(connection, badge_args(), badge_args())
    eventually(lambda: states(connection) == {"completed": 2})
    eventually(lambda: report(connection)["restarts"] > restarts)


def test_a_paused_worker_goes_on_reporting(
    worker: psutil.Process, connection: psycopg.Connection
) -> None:
    eventually(lambda: report(connection))
    (producer,) = pause(connection, ["badges"])
    assert producer.followed("pause")
    connection.execute("UPDATE oban_producers SET meta = meta - 'renderers'")
    assert eventually(lambda: report(connection))["count"] == 2
    (producer,) = resume(connection, ["badges"])
    assert producer.followed("resume")


def test_a_badge_of_a_real_worker_is_told_with_the_node_that_rendered_it(
    worker: psutil.Process, connection: psycopg.Connection, shared_database_url: str, folder: Path
) -> None:
    enqueue(connection, badge_args())
    eventually(lambda: states(connection) == {"completed": 1})
    eventually(lambda: report(connection))
    (node,) = [name for name, _renderers in connection.execute(REPORT).fetchall()]
    shown = call(
        "why", "ada", DATABASE_URL=shared_database_url, BADGES_DIR=str(folder / "badges")
    ).stdout
    assert f"rendered  by {node}, in " in shown
    assert "sent to print" in shown
    assert "State:  rendered, waiting to be printed\nWhy:    no print center is running" in shown
    assert "changed" not in shown
