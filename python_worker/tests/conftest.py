"""Fixtures of all tests. Each test that needs a database gets a new, migrated one on a real server."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from badge_forge.attendee import Attendee
from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.database.rules import register_queues
from badge_forge.database.throwaway import throwaway_database
from badge_forge.press.press import Press
from badge_forge.rendering.renderers import Renderers
from badge_forge.settings import VAR
from helpers import HANG_S


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep the temporary files of each run in a separate folder, until the next run.

    When a run starts, pytest makes its default folder private to the current user. Embedded servers
    would lose access to their data: under root, they run as another user.
    """
    if config.option.basetemp is None:  # xdist sets it for its processes
        runs = VAR / "tests"
        runs.mkdir(parents=True, exist_ok=True)
        for run in runs.iterdir():
            if not psutil.pid_exists(int(run.name)):
                shutil.rmtree(run, ignore_errors=True)
        config.option.basetemp = runs / str(os.getpid())


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The server of `DATABASE_URL`, without changes to its databases, or else a new server."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with throwaway_database() as database:
        yield database.url


@pytest.fixture(scope="session")
def initialised_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that has never run, initialised once for all processes that run tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "initialised"
    with (shared / "initialised.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            server = EmbeddedDatabase(
                shared / "initialising", shared / "initialising.log", throwaway=True
            )
            server.start()
            server.stop()
            (server.folder / "port").unlink()  # or two copies could choose the same
            server.folder.rename(folder)
    return folder


@pytest.fixture(scope="session")
def copied_server(initialised_folder: Path) -> Callable[[Path], EmbeddedDatabase]:
    """Return a function that copies an initialised server into a folder: half the time of `initdb`."""

    def copy(folder: Path) -> EmbeddedDatabase:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Not by shutil: the data belong to the user that the server runs as.
        subprocess.run(["cp", "-a", initialised_folder, folder], check=True)
        return EmbeddedDatabase(folder, folder.with_suffix(".log"), throwaway=True)

    return copy


@pytest.fixture(scope="module")
def own_server(
    copied_server: Callable[[Path], EmbeddedDatabase], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedDatabase]:
    """A server of a module's own, for tests that stop it or change its roles."""
    server = copied_server(tmp_path_factory.mktemp("server") / "postgres")
    server.start()
    yield server
    server.destroy()


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of a migrated database with roles, which is copied for each test."""
    name = f"badge_forge_template_{uuid4().hex}"
    with _created(server_url, name) as url:
        migrate(url)
        register_queues(url)  # those of a `queues.toml` in this checkout
        prepare_roles(url)
        yield name


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    with _created(server_url, f"badge_forge_test_{uuid4().hex}", template) as url:
        yield url


@pytest.fixture
def worker_url(database_url: str) -> str:
    """The URL of the database with the role of the Python worker."""
    return role_url(database_url, Role.WORKER)


@pytest.fixture
def print_center_url(database_url: str) -> str:
    """The URL of the database with the role of the Elixir app."""
    return role_url(database_url, Role.PRINT_CENTER)


@pytest.fixture(scope="module")
def shared_database_url(server_url: str, template: str) -> Iterator[str]:
    """One database for all tests of a module, which must leave it unchanged."""
    with _created(server_url, f"badge_forge_test_{uuid4().hex}", template) as url:
        yield url


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    with _created(server_url, f"badge_forge_test_{uuid4().hex}") as url:
        yield url


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def attendee() -> Attendee:
    return Attendee(
        id="7bfb7c39-c354-4cce-ad5b-f1be2814b17e",
        name="Alasdair Fraser",
        company="Wavelength Tech",
        type="speaker",
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_press() -> AsyncIterator[Press]:
    """A shared press with the shipped designs, for tests that do not break a renderer."""
    async with Press(Renderers(Path("none")), size=1, timeout_s=HANG_S) as press:
        yield press


@pytest.fixture
def badges_dir(tmp_path: Path) -> Path:
    return tmp_path / "badges"


@pytest.fixture
def elixir(elixir_installed: None) -> None:
    """Skip the test if Elixir is missing; in CI, fail."""


@pytest.fixture(scope="session")
def elixir_installed() -> None:
    """Skip tests if Elixir is missing; in CI, fail."""
    if shutil.which("mix") is None:
        message = "Elixir is missing, and this test needs the Elixir app: run `make setup`"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


@contextmanager
def _created(server_url: str, name: str, template: str = "template1") -> Iterator[str]:
    # Use the database postgres: the Elixir tests may end all connections to the URL's own database.
    with psycopg.connect(server_url, dbname="postgres", autocommit=True) as server:
        # The default strategy also writes every page to the WAL and takes three times as long.
        strategy = sql.SQL("STRATEGY file_copy" if server.info.server_version >= 150_000 else "")
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} {}").format(
                sql.Identifier(name), sql.Identifier(template), strategy
            )
        )
        try:
            yield server_url.rpartition("/")[0] + f"/{name}"
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
