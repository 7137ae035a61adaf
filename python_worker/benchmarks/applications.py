"""Run both applications on a temporary database, in the same way as the demo does."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from badge_forge.attendee import Attendee
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.database.throwaway import throwaway_database
from badge_forge.demo.processes import Application, stopped_together
from badge_forge.demo.run import ELIXIR_APP
from badge_forge.settings import ROOT, VAR

SCRIPTS = Path(__file__).parent
POLL_S = 0.05
TIMEOUT_S = 600
GRACE_S = 15.0
PYTHON_FOLDER = ROOT / "python_worker"


def statement(name: str) -> bytes:
    """Return the SQL in the file `name`.sql of this package."""
    return (SCRIPTS / f"{name}.sql").read_bytes()


RATE = statement("rate")


class Site:
    """A database with its own badges and spool folders, and the applications that use it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.badges = folder / "badges"
        self.connection = psycopg.connect(url, autocommit=True)
        self.badges.mkdir(exist_ok=True)

    @contextmanager
    def worker(self, renderers: int) -> Iterator[Application]:
        """Run the Python worker while the block runs. It is ready when the block starts."""
        with self._python("-m", "badge_forge", "worker", RENDERERS=str(renderers)) as application:
            yield application

    @contextmanager
    def listing(self) -> Iterator[Application]:
        """Run the worker of `listing.py` instead of Badge Forge's."""
        with self._python("-m", "benchmarks.listing") as application:
            yield application

    @contextmanager
    def elixir(self) -> Iterator[Application]:
        """Run the Elixir app, which prints badges, while the block runs."""
        with self._mix("the Elixir app", "run", "--no-halt") as application:
            yield application

    def elixir_script(self, name: str, *arguments: str, timeout_s: float = TIMEOUT_S) -> str:
        """Run an Elixir script of this package in the app, and return its last line of output."""
        with self._mix(name, "run", str(SCRIPTS / name), *arguments) as script:
            script.require_success(timeout_s)
        return (script.log.read_text().strip().splitlines() or [""])[-1]

    def enqueue(self, count: int) -> str:
        """Enqueue a batch from Elixir, and return its id."""
        batch_id = str(uuid4())
        task = "badge_forge.enqueue"
        with self._mix(task, task, str(count), "--batch-id", batch_id) as enqueue:
            enqueue.require_success(TIMEOUT_S)
        return batch_id

    def rate(self, batch_id: str, count: int, applications: tuple[Application, ...]) -> float:
        """Wait until the batch of `count` badges is printed, and return its badges per second."""

        def printed() -> bool:
            return self.count("printing", "completed", batch_id) >= count

        self.wait_until(printed, applications)
        row = self.connection.execute(RATE, [batch_id]).fetchone()
        assert row
        return float(row[0])

    def attendees(self, batch_id: str) -> list[Attendee]:
        """Return the attendees of a batch."""
        rows = self.connection.execute(
            "SELECT args FROM oban_jobs WHERE queue = 'badges' "
            "AND meta @> jsonb_build_object('batch_id', %s::text) ORDER BY id",
            [batch_id],
        )
        return [Attendee.from_args(args) for (args,) in rows]

    def count(self, queue: str, state: str, batch_id: str) -> int:
        """Count the jobs of a batch in a queue and a state."""
        row = self.connection.execute(
            "SELECT count(*) FROM oban_jobs WHERE queue = %s AND state::text = %s "
            "AND meta @> jsonb_build_object('batch_id', %s::text)",
            [queue, state, batch_id],
        ).fetchone()
        assert row
        return int(row[0])

    def wait_until(self, condition: Callable[[], bool], applications: tuple[Application, ...]) -> None:
        """Wait until `condition` is true.

        Raises `WorldError` if an application ends, and `TimeoutError` after `TIMEOUT_S` seconds.
        """
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            for application in applications:
                application.require_running()
            if time.monotonic() > deadline:
                raise TimeoutError(f"not done within {TIMEOUT_S} s")
            time.sleep(POLL_S)

    def clear(self) -> None:
        """Delete all jobs, badges and prints, so that each round starts under the same conditions."""
        self.connection.execute("TRUNCATE oban_jobs")
        for path in (*self.badges.iterdir(), *(self.folder / "spool").glob("*")):
            path.unlink()

    @contextmanager
    def _mix(self, name: str, *arguments: str) -> Iterator[Application]:
        command = ("mix", *arguments)
        with self.running(name, Role.PRINT_CENTER, ELIXIR_APP, *command) as application:
            yield application

    @contextmanager
    def _python(self, *command: str, **environment: str) -> Iterator[Application]:
        name = command[-1]
        self.connection.execute("DELETE FROM oban_producers")
        command = (sys.executable, *command)
        with self.running(name, Role.WORKER, PYTHON_FOLDER, *command, **environment) as application:
            self.wait_until(self._worker_is_ready, (application,))
            yield application

    def _worker_is_ready(self) -> bool:
        row = self.connection.execute("SELECT count(*) FROM oban_producers").fetchone()
        return row is not None and row[0] > 0

    def environment(self, role: Role) -> dict[str, str]:
        """Return the variables by which an application finds this site, with the rights of `role`."""
        return {
            "DATABASE_URL": role_url(self.url, role),
            "BADGES_DIR": str(self.badges),
            "SPOOL_DIR": str(self.folder / "spool"),
            "LOG_LEVEL": "warning",
        }

    @contextmanager
    def running(
        self, name: str, role: Role, folder: Path, *command: str, **more: str
    ) -> Iterator[Application]:
        """Run `command` in `folder` while the block runs, with `more` variables."""
        environment = os.environ | self.environment(role)
        log = self.folder / f"{uuid4().hex[:8]}.log"
        application = Application(name, command, folder, log, environment | more)
        with stopped_together([application], GRACE_S):
            yield application


@contextmanager
def sites(*names: str) -> Iterator[list[Site]]:
    """Yield a site for each of `names`, all on one temporary server."""
    with throwaway_database() as server, tempfile.TemporaryDirectory(dir=VAR, prefix="bench-") as folder:
        found = []
        for name in names:
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            url = server.url.rpartition("/")[0] + f"/{name}"
            migrate(url)
            prepare_roles(url)
            here = Path(folder) / name
            here.mkdir()
            found.append(Site(url, here))
        try:
            yield found
        finally:
            for site in found:
                site.connection.close()
