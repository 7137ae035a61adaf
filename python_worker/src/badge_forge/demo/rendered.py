"""The badges of a batch that were just rendered, as few as a reader can follow."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from badge_forge.jobs.statements import statement

RENDERED_BADGES = statement(__package__, "rendered_badges")

AT_ONCE = 20
"""Badges that are shown even if they come at the same time."""


@dataclass(frozen=True)
class RenderedBadge:
    """A badge whose PDF is stored. `name` and `type` are untrusted text."""

    id: int
    name: str
    type: str
    duration_s: float
    completed_at: datetime


class Rendered:
    """The badges of the jobs `ids` as they are rendered: 20 at once, then `per_s` per second."""

    def __init__(self, ids: Sequence[int], connection: psycopg.Connection, per_s: float) -> None:
        self._ids = list(ids)
        self._connection = connection
        self._per_s = per_s
        self._allowance = float(AT_ONCE)
        self._asked_at = time.monotonic()
        self._since: datetime | None = None
        self._seen: set[int] = set()

    def newest(self) -> list[RenderedBadge]:
        """Return badges that were rendered since the last call, oldest first. Leaves out older ones."""
        parameters = {"ids": self._ids, "since": self._since}
        with self._connection.cursor(row_factory=class_row(RenderedBadge)) as cursor:
            rows = cursor.execute(RENDERED_BADGES, parameters).fetchall()
        new = [row for row in rows if row.id not in self._seen]
        self._seen.update(row.id for row in new)
        if rows:
            self._since = rows[-1].completed_at
        number = min(len(new), self._allowed())
        self._allowance -= number
        return new[len(new) - number :]

    def _allowed(self) -> int:
        now = time.monotonic()
        self._allowance = min(AT_ONCE, self._allowance + (now - self._asked_at) * self._per_s)
        self._asked_at = now
        return int(self._allowance)
