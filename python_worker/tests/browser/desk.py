"""Put badges into the table and the badges folder, as both applications do."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from badge_forge.attendee import Attendee
from badge_forge.rendering.renderer import Renderer
from badge_forge.storage import Storage
from helpers import badge_args, enqueue, shipped_design


@cache
def pdf_of(kind: str) -> bytes:
    """Return the PDF of a badge of a type. It is the same for all names, since rendering takes long."""
    person = Attendee.from_args(badge_args(type=kind))
    return Renderer(shipped_design("conf-4x6")).render(person).pdf


@dataclass
class Desk:
    """Adds badges to the table and the badges folder, as both applications would."""

    connection: psycopg.Connection
    badges_dir: Path

    def store(self, args: dict[str, Any]) -> Path:
        """Store the PDF of a badge."""
        person = Attendee.from_args(args)
        return Storage(self.badges_dir).write(person, pdf_of(person.type))

    def add(self, state: str = "printed", **changes: Any) -> dict[str, Any]:
        """Add a badge in a state of the wall, with its PDF if it has one. Return its args."""
        columns = {key: changes.pop(key) for key in ("meta", "errors") if key in changes}
        args = badge_args(**changes)
        badge, printing = JOBS[state]
        stored = self.store(args) if printing else None
        (job_id,) = enqueue(self.connection, args, state="available", **columns)
        self._set(job_id, badge)
        if printing and stored:
            (print_id,) = enqueue(
                self.connection,
                {"id": args["id"], "name": args["name"], "file": stored.name, "sha256": "0" * 64},
                queue="printing",
                worker="BadgeForge.PrintCenter",
                **columns,
            )
            self._set(print_id, printing)
        self.connection.execute("SELECT pg_notify('public.oban_insert', '{\"queue\":\"printing\"}')")
        return args

    def add_row(self, args: Any, state: str) -> None:
        """Add a badge job with any args."""
        (job_id,) = enqueue(self.connection, args)
        self._set(job_id, state)

    def _set(self, job_id: int, state: str) -> None:
        now = "timezone('UTC', now())"
        attempted = f", attempt = 1, attempted_at = {now} - interval '0.2 s', attempted_by = '{{press}}'"
        changes = {
            "available": "",
            "executing": attempted,
            "retryable": f"{attempted}, scheduled_at = {now} + interval '1 hour'",
            "completed": f"{attempted}, completed_at = {now}",
            "cancelled": f"{attempted}, cancelled_at = {now}",
        }[state]
        self.connection.execute(
            f"UPDATE oban_jobs SET state = %s, inserted_at = {now} - interval '1 s'{changes}"
            " WHERE id = %s".encode(),
            [state, job_id],
        )


JOBS = {
    "waiting": ("available", None),
    "rendering": ("executing", None),
    "retrying": ("retryable", None),
    "rendered": ("completed", "available"),
    "printing": ("completed", "executing"),
    "printed": ("completed", "completed"),
    "failed": ("cancelled", None),
}
"""The states of the badge job and of its print, by the wall's state."""
