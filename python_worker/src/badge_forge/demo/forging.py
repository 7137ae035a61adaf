"""Forge one batch: start both applications, enqueue from Elixir, and follow it to its end."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import psycopg

from badge_forge.demo.batch import Badge, Batch, Progress
from badge_forge.demo.processes import Application, stopped_together
from badge_forge.errors import WorldError
from badge_forge.settings import ROOT, VAR

ELIXIR_APP = ROOT / "elixir_app"
LOGS = VAR / "log"

POLL_INTERVAL_S = 0.1
ENQUEUE_TIMEOUT_S = 300
STALL_TIMEOUT_S = 120
"""A batch that has not moved for so long is given up; Oban's retries of a badge come sooner."""

STOP_GRACE_S = 3.0
"""With the database stopped after it, all is gone within 5 s of a Ctrl-C."""

OnEnqueued = Callable[[str], None]
OnProgress = Callable[[Progress], None]


def forge(
    count: int, database_url: str, on_enqueued: OnEnqueued, on_progress: OnProgress
) -> list[Badge]:
    """Forge `count` badges and return them, printed or given up.

    Whatever was started is stopped again, and what nobody has begun is cancelled. Raises `WorldError`.
    """
    environment = os.environ | {"DATABASE_URL": database_url}
    batch_id = str(uuid4())
    applications: list[Application] = []

    def start(name: str, log: Path, folder: Path, *command: str) -> Application:
        application = Application(name, command, folder, log, environment)
        applications.append(application)
        return application

    with psycopg.connect(database_url, autocommit=True) as connection:
        batch = Batch(batch_id, connection)
        try:
            with stopped_together(applications, STOP_GRACE_S):
                worker = start(
                    *("the Python worker", LOGS / "worker.log", ROOT),
                    *(sys.executable, "-m", "badge_forge", "worker"),
                )
                enqueue = start(
                    *("mix badge_forge.enqueue", LOGS / "enqueue.log", ELIXIR_APP),
                    *("mix", "badge_forge.enqueue", str(count), "--batch-id", batch_id),
                )
                # One after the other: the first mix compiles what has changed.
                on_enqueued(enqueue.require_success(ENQUEUE_TIMEOUT_S).strip().splitlines()[-1])
                app = start(
                    *("the Elixir app", LOGS / "elixir.log", ELIXIR_APP),
                    *("mix", "run", "--no-halt"),
                )
                _follow(batch, count, [worker, app], on_progress)
                return batch.badges()
        finally:
            batch.cancel()


def _follow(batch: Batch, count: int, applications: list[Application], on_progress: OnProgress) -> None:
    """Return when every badge was printed or given up, or when nothing has moved for long."""
    last = Progress(0, 0, 0)
    moved_at = time.monotonic()
    while last.printed + last.failed < count:
        for application in applications:
            application.require_running()
        progress = batch.progress()
        if progress != last:
            last, moved_at = progress, time.monotonic()
            on_progress(progress)
        if time.monotonic() - moved_at > STALL_TIMEOUT_S:
            return
        time.sleep(POLL_INTERVAL_S)


def require_printed(badges: list[Badge], count: int) -> None:
    """Raise `WorldError` unless all `count` badges were printed."""
    printed = sum(badge.printed for badge in badges)
    if printed != count:
        raise WorldError(f"{count - printed} of {count} badges were not printed")
