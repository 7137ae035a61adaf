"""Forge one batch: start both applications, enqueue from Elixir, and follow it to its end."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg

from badge_forge.database.roles import Role
from badge_forge.database.source import Database, application_url
from badge_forge.demo.batch import Badge, Batch, Progress
from badge_forge.demo.processes import Application, stopped_together
from badge_forge.errors import WorldError
from badge_forge.settings import ROOT, VAR

ELIXIR_APP = ROOT / "elixir_app"
LOGS = VAR / "log"

POLL_INTERVAL_S = 0.1
ENQUEUE_TIMEOUT_S = 300
STALL_TIMEOUT_S = 120
"""A batch is given up when nothing has moved for so long, in it or before it in the queues. Oban's
retries of a badge all come sooner; those of a print only at first."""

STOP_GRACE_S = 3.0
"""With the database stopped after it, all is gone within 5 s of a Ctrl-C."""

OnProgress = Callable[[Progress], None]


def forge(
    count: int, database: Database, say: Callable[[str], None], on_progress: OnProgress
) -> list[Badge]:
    """Forge `count` badges and return them, printed or given up.

    Whatever was started is stopped again, and what nobody has begun is cancelled. Raises `WorldError`.
    """
    worker_url = application_url(database, Role.WORKER)
    print_center_url = application_url(database, Role.PRINT_CENTER)
    batch_id = str(uuid4())
    logs = f"{LOGS}/demo-{batch_id[:8]}"  # of its own: two demos may run at once
    applications: list[Application] = []

    def start(name: str, log: str, url: str, folder: Path, *command: str) -> Application:
        environment = os.environ | {"DATABASE_URL": url}
        application = Application(name, command, folder, Path(f"{logs}-{log}.log"), environment)
        applications.append(application)
        return application

    with closing(psycopg.connect(worker_url, autocommit=True)) as connection:
        batch = Batch(batch_id, connection)
        try:
            with stopped_together(applications, STOP_GRACE_S):
                say(f"Starting the Python worker and the Elixir app, logs in {logs}-*.log")
                worker = start(
                    *("the Python worker", "worker", worker_url, ROOT),
                    *(sys.executable, "-m", "badge_forge", "worker"),
                )
                enqueue = start(
                    *("mix badge_forge.enqueue", "enqueue", print_center_url, ELIXIR_APP),
                    *("mix", "badge_forge.enqueue", str(count), "--batch-id", batch_id),
                )
                # One after the other: the first mix compiles what has changed.
                enqueue.require_success(ENQUEUE_TIMEOUT_S)
                say(f"Enqueued {count} badges as batch {batch_id}")
                app = start(
                    *("the Elixir app", "elixir", print_center_url, ELIXIR_APP),
                    *("mix", "run", "--no-halt"),
                )
                _follow(batch, count, [worker, app], on_progress)
                return batch.badges()
        finally:
            _cancel_rest(batch_id, worker_url)


def _cancel_rest(batch_id: str, database_url: str) -> None:
    # On a connection of its own: a Ctrl-C in the middle of a query leaves the other one busy.
    with psycopg.connect(database_url, autocommit=True) as connection:
        Batch(batch_id, connection).cancel()


def _follow(batch: Batch, count: int, applications: list[Application], on_progress: OnProgress) -> None:
    """Return when every badge was printed or given up, or when nothing has moved for long."""
    progress, last_completion = Progress(0, 0, 0), None
    moved_at = time.monotonic()
    while progress.printed + progress.failed < count:
        for application in applications:
            application.require_running()
        before = progress, last_completion
        progress, last_completion = batch.progress(), batch.last_completion()
        if (progress, last_completion) != before:
            moved_at = time.monotonic()
            on_progress(progress)
        if time.monotonic() - moved_at > STALL_TIMEOUT_S:
            return
        time.sleep(POLL_INTERVAL_S)


def require_printed(badges: list[Badge], count: int) -> None:
    """Raise `WorldError` unless all `count` badges were printed."""
    printed = sum(badge.printed for badge in badges)
    if printed != count:
        raise WorldError(f"{count - printed} of {count} badges were not printed")
