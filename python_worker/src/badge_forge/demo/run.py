"""Run the demo: start both applications, enqueue a batch from Elixir, and wait until it is printed."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from badge_forge.database.roles import Role
from badge_forge.database.source import Database, application_url
from badge_forge.database.url import connected
from badge_forge.demo.batch import Badge, Batch, Progress
from badge_forge.demo.follow import follow
from badge_forge.demo.foreign import refuse_foreign_applications
from badge_forge.demo.processes import Application, stopped_together
from badge_forge.demo.rendered import Rendered, RenderedBadge
from badge_forge.errors import WorldError
from badge_forge.settings import ROOT, VAR
from badge_forge.text.text import counted

ELIXIR_APP = ROOT / "elixir_app"
LOGS = VAR / "log"

POLL_INTERVAL_S = 0.1
ENQUEUE_TIMEOUT_S = 300
STOP_GRACE_S = 3.0
"""Leaves time to stop the database as well within 5 s of Ctrl-C."""

OnProgress = Callable[[Progress, list[RenderedBadge]], None]
"""Called when a job has completed, with badges that were just rendered."""


@dataclass(frozen=True)
class Run:
    """A batch that is through. `badges` includes failed ones."""

    batch_id: str
    badges: list[Badge]


def run_demo(
    count: int,
    database: Database,
    say: Callable[[str], None],
    on_progress: OnProgress,
    shown_per_s: float,
) -> Run:
    """Enqueue, render and print `count` badges. `on_progress` gets at most `shown_per_s` per second.

    Stops the applications at the end, and cancels the jobs that are not executing yet. Raises
    `WorldError` if an application can't be started or ends early, or if others use the database.
    """
    worker_url = application_url(database, Role.WORKER)
    print_center_url = application_url(database, Role.PRINT_CENTER)
    batch_id = str(uuid4())
    logs = f"{LOGS}/demo-{batch_id[:8]}"  # separate for each demo: several may run at once
    applications: list[Application] = []

    def start(name: str, log: str, url: str, folder: Path, *command: str) -> Application:
        environment = os.environ | {"DATABASE_URL": url}
        application = Application(name, command, folder, Path(f"{logs}-{log}.log"), environment)
        applications.append(application)
        return application

    with connected(worker_url, autocommit=True) as connection:
        refuse_foreign_applications(connection)
        try:
            with stopped_together(applications, STOP_GRACE_S):
                say("Starting the Python worker and the Elixir app")
                say(f"Logs: {logs}-*.log")
                worker = start(
                    *("the Python worker", "worker", worker_url, ROOT),
                    *(sys.executable, "-m", "badge_forge", "worker"),
                )
                app = start(
                    *("the Elixir app", "elixir", print_center_url, ELIXIR_APP),
                    *("mix", "badge_forge.enqueue", str(count), "--batch-id", batch_id),
                    *("--ids", f"{logs}-ids.txt", "--print"),
                )
                ids = _await_enqueued(Path(f"{logs}-ids.txt"), count, [worker, app])
                say(f"Enqueued {counted(count, 'badge')} as batch {batch_id}")
                batch = Batch(batch_id, ids, connection)
                rendered = Rendered(ids, connection, shown_per_s)

                def check() -> None:
                    for application in (worker, app):
                        application.require_running()

                follow(
                    batch,
                    count,
                    lambda progress: on_progress(progress, rendered.newest()),
                    POLL_INTERVAL_S,
                    check,
                )
                return Run(batch_id, batch.badges())
        finally:
            _cancel_rest(batch_id, worker_url)


def _cancel_rest(batch_id: str, database_url: str) -> None:
    # On a new connection: the other one is still busy if Ctrl-C interrupted a query.
    with connected(database_url, autocommit=True) as connection:
        Batch(batch_id, [], connection).cancel()


def _await_enqueued(written: Path, count: int, applications: list[Application]) -> list[int]:
    """Return the ids of the jobs when all are in the table. The Elixir app may be compiled before.

    It writes them to the file `written`: any client of the table can insert rows with the batch's id.
    """
    deadline = time.monotonic() + ENQUEUE_TIMEOUT_S
    while len(ids := _ids_in(written)) < count:
        for application in applications:
            application.require_running()
        if time.monotonic() > deadline:
            log = applications[-1].log
            raise WorldError(f"the badges were not enqueued within {ENQUEUE_TIMEOUT_S} s: see {log}")
        time.sleep(POLL_INTERVAL_S)
    return ids


def _ids_in(file: Path) -> list[int]:
    """Return the ids in `file`. The last line may not be complete yet."""
    with suppress(FileNotFoundError):
        return [int(line) for line in file.read_text().split("\n")[:-1]]
    return []


def require_printed(badges: list[Badge], count: int) -> None:
    """Raise `WorldError` unless all `count` badges are printed."""
    printed = sum(badge.printed for badge in badges)
    if printed != count:
        raise WorldError(f"printed {printed} of {counted(count, 'badge')}")
