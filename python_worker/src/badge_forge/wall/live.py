"""The badges that changed since the last look, for all clients of a wall."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from badge_forge.attendee import DEFAULT_DESIGN
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import BADGES
from badge_forge.views.badges import Badge, find_badges

OVERLAP = timedelta(seconds=3)
"""How far a look reaches back before the last one: a job is visible later than it was completed."""

MOST_ROWS = 300
"""Most finished jobs that one look reads of each state."""

MOST_UNKNOWN = 50
"""Most badges that one look finds by id, for prints whose badge it did not see."""

REMEMBERED = 10_000
"""Badges whose jobs are remembered, so that a print's badge is rarely looked up."""

CHANGED_JOBS = statement("badge_forge.views", "changed_jobs")

_Row = dict[str, Any]


@dataclass
class Changes:
    """Badges that changed, the oldest change first. `more` is how many others did, at least."""

    badges: list[Badge] = field(default_factory=list)
    more: int = 0


class Live:
    """Follows both jobs of each badge. What it remembers saves look-ups; the table is what counts."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, _Row] = OrderedDict()
        self._since: datetime | None = None
        self._known: dict[int, datetime] = {}
        self._watched: set[int] = set()

    async def look(self, connection: AsyncConnection) -> Changes:
        """Return the badges that changed since the last look. Raises `psycopg.Error`."""
        parameters = {
            "since": self._since,
            "known_ids": list(self._known),
            "known_at": list(self._known.values()),
            "watched": list(self._watched),
            "limit": MOST_ROWS,
            "default_design": DEFAULT_DESIGN,
        }
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(CHANGED_JOBS, parameters)
            found = await cursor.fetchone()
        assert found
        jobs: list[_Row] = found["jobs"]
        self._remember_jobs(jobs, found["looked_at"] - OVERLAP)
        changed: dict[str, Badge] = {}
        unknown: dict[str, None] = {}
        for job in jobs:
            row = self._merged(job)
            if row is None and job["queue"] != BADGES:
                unknown[job["id"]] = None
            elif row is not None:
                self._take(row, changed)
        missing = [badge_id for badge_id in unknown if not badge_id.startswith("job-")]
        for row in await find_badges(connection, missing[:MOST_UNKNOWN]) if missing else []:
            self._take(row, changed)
        more = len(missing[MOST_UNKNOWN:]) + max(0, len(jobs) - MOST_ROWS + 1)
        return Changes(list(changed.values()), more)

    def _remember_jobs(self, jobs: list[_Row], since: datetime) -> None:
        self._since = since
        self._watched = {job["job_id"] for job in jobs if job["state"] == "executing"}
        for job in jobs:
            if job["finished_at"]:
                finished_at = datetime.fromisoformat(job["finished_at"]).replace(tzinfo=None)
                self._known[job["job_id"]] = finished_at
        self._known = {job: at for job, at in self._known.items() if at >= since}

    def _merged(self, job: _Row) -> _Row | None:
        """Return the row of the badge that `job` belongs to, None if unknown or not the newest."""
        known = self._rows.get(job["id"])
        if job["queue"] == BADGES:
            if known and known["job_id"] > job["job_id"]:
                return None
            printing = {"print_id": None, "print_state": None, "printed_at": None}
            if known and job["state"] == "completed" and (known["print_id"] or 0) > job["job_id"]:
                printing = {key: known[key] for key in printing}
            return job | printing | {"badge_state": job["state"]}
        if known is None or known["badge_state"] != "completed" or job["job_id"] < known["job_id"]:
            return None
        if (known["print_id"] or 0) > job["job_id"]:
            return known
        return known | {
            "print_id": job["job_id"],
            "print_state": job["state"],
            "printed_at": job["finished_at"] if job["state"] == "completed" else None,
        }

    def _take(self, row: _Row, changed: dict[str, Badge]) -> None:
        before = self._rows.get(row["id"])
        self._rows[row["id"]] = row
        self._rows.move_to_end(row["id"])
        if len(self._rows) > REMEMBERED:
            self._rows.popitem(last=False)
        badge = Badge.from_row(row)
        if before is None or Badge.from_row(before) != badge:
            changed[badge.id] = badge
