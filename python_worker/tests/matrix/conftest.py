"""Fixtures of the compatibility matrix, and the column that a run writes (`make matrix`)."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import psycopg
import pytest
from oban import Oban
from psycopg import sql
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from badge_forge.database.roles import Role, role_url
from badge_forge.jobs.notifier import create_oban
from helpers import eventually
from matrix.cells import CELLS, Outcome
from matrix.column import read_versions, write_column
from matrix.jobs import Probe, Row, Until
from matrix.nodes import ElixirNode, EvaluationError, elixir_node, python_node

WRITE = bool(os.environ.get("MATRIX"))


@pytest.fixture(scope="session")
def database(server_url: str, template: str) -> Iterator[str]:
    """The database that both processes share, for all tests of the matrix."""
    name = sql.Identifier(f"badge_forge_matrix_{uuid4().hex}")
    with psycopg.connect(server_url, dbname="postgres", autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))
        yield server_url.rpartition("/")[0] + f"/{name.as_string()[1:-1]}"
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matrix")


@pytest.fixture(scope="session")
def telemetry(database: str, folder: Path) -> Iterator[Path]:
    """The ids of the jobs that the Python process reports to its telemetry, one a line."""
    with python_node(role_url(database, Role.WORKER), folder) as file:
        yield file


@pytest.fixture(scope="session")
def elixir(
    elixir_installed: None,
    database: str,
    folder: Path,
    telemetry: Path,
    pytestconfig: pytest.Config,
) -> Iterator[ElixirNode]:
    """The Elixir process. Both processes hear signals when the first test starts."""
    with (
        elixir_node(role_url(database, Role.PRINT_CENTER), folder) as node,
        psycopg.connect(database, autocommit=True) as connection,
    ):
        for queue in ["python", "elixir"][: 2 if node.oban == "hex" else 1]:
            eventually(lambda: _hears(connection, queue))  # noqa: B023
        if WRITE:
            pytestconfig.stash[VERSIONS] = read_versions(node, connection)
        yield node


VERSIONS = pytest.StashKey[dict[str, str]]()


def _hears(connection: psycopg.Connection, queue: str) -> bool:
    signal = json.dumps({"action": "scale", "queue": queue, "limit": 6, "ident": "any"})
    connection.execute("SELECT pg_notify('public.oban_signal', %s)", [signal])
    heard = "SELECT 1 FROM oban_producers WHERE queue = %s AND meta ->> 'local_limit' = '6'"
    return connection.execute(heard, [queue]).fetchone() is not None


@pytest.fixture(autouse=True)
def expected(request: pytest.FixtureRequest, elixir: ElixirNode) -> Outcome:
    """The outcome that the test asserts on the Oban for Elixir at hand."""
    outcome: Outcome = request.function.cell.on(elixir.oban)
    return outcome


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Instead of a test whose action does not exist, check that it still does not."""
    expected = cast(Outcome, pyfuncitem.funcargs["expected"])
    if not expected.absent:
        return None
    node = cast(ElixirNode, pyfuncitem.funcargs["elixir"])
    with pytest.raises(EvaluationError, match=r"is undefined|unknown keys"):
        node.evaluate(expected.absent)
    return True


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the column, if all tests ran and passed."""
    if not WRITE:
        return
    ran = {item.function.cell.test for item in session.items if isinstance(item, pytest.Function)}
    if exitstatus == 0 and ran == {cell.test for cell in CELLS.values()}:
        write_column(session.config.stash[VERSIONS])


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection
        connection.execute("DELETE FROM oban_jobs WHERE state <> 'executing'")


@pytest.fixture
async def oban(database: str) -> AsyncIterator[Oban]:
    """Oban for Python as the application opens it, without a queue: what Python acts with."""
    async with (
        AsyncConnectionPool(
            role_url(database, Role.WORKER), min_size=1, open=False, kwargs={"autocommit": True}
        ) as pool,
        create_oban({}, pool=pool) as started,
    ):
        yield started


@pytest.fixture
def row(connection: psycopg.Connection) -> Row:
    """Return a function that reads a job's row."""

    def read(job_id: int) -> dict[str, Any]:
        with connection.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute("SELECT * FROM oban_jobs WHERE id = %s", [job_id]).fetchone()
        assert found, f"no job {job_id}"
        return found

    return read


@pytest.fixture
def until(row: Row) -> Until:
    """Return a function that waits until a job is in a state, and returns its row."""

    def wait(job_id: int, state: str) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            found = row(job_id)
            return found if found["state"] == state else None

        found = eventually(reached)
        assert found
        return found

    return wait


@pytest.fixture
def probe(tmp_path: Path) -> Iterator[Probe]:
    made = Probe(tmp_path)
    yield made
    made.release()
