"""A worker reports its renderers in `oban_producers`, where every view reads them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from badge_forge.jobs.signals import pause
from helpers import badge_args, call, enqueue, eventually, running, states

REPORT = "SELECT node, meta -> 'renderers' FROM oban_producers WHERE queue = 'badges'"


@pytest.fixture
def worker(worker_url: str, badges_dir: Path, tmp_path: Path) -> Iterator[psutil.Process]:
    environment = {"DATABASE_URL": worker_url, "BADGES_DIR": str(badges_dir), "RENDERERS": "2"}
    with running("worker", log=tmp_path / "worker.log", **environment) as process:
        yield psutil.Process(process.pid)


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
    assert set(told) == {"count", "busy", "memory_mib", "restarts"}
    assert (told["count"], told["busy"], told["restarts"]) == (2, 0, 0)
    memory = sorted((one.memory_info().rss / 2**20 for one in renderers(worker)), reverse=True)
    assert told["memory_mib"] == pytest.approx(memory, abs=20)
    for renderer in renderers(worker):
        renderer.kill()
    enqueue(connection, badge_args(), badge_args())
    eventually(lambda: states(connection) == {"completed": 2})
    eventually(lambda: report(connection)["restarts"])


def test_a_paused_worker_goes_on_reporting(
    worker: psutil.Process, connection: psycopg.Connection
) -> None:
    eventually(lambda: report(connection))
    (producer,) = pause(connection, ["badges"])
    assert producer.followed("pause")
    connection.execute("UPDATE oban_producers SET meta = meta - 'renderers'")
    assert eventually(lambda: report(connection))["count"] == 2


def test_a_badge_of_a_real_worker_is_told_with_the_node_that_rendered_it(
    worker: psutil.Process, connection: psycopg.Connection, database_url: str, badges_dir: Path
) -> None:
    enqueue(connection, badge_args())
    eventually(lambda: states(connection) == {"completed": 1})
    eventually(lambda: report(connection))
    (node,) = [name for name, _renderers in connection.execute(REPORT).fetchall()]
    shown = call("why", "ada", DATABASE_URL=database_url, BADGES_DIR=str(badges_dir)).stdout
    assert f"rendered  by {node}, in " in shown
    assert "sent to print" in shown
    assert "State:  rendered, waiting to be printed\nWhy:    no print center is running" in shown
    assert "changed" not in shown
