"""Badges with their state, joined from both of their jobs: lists with keyset paging."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from pydantic import AwareDatetime, BaseModel, ConfigDict

from badge_forge.attendee import DEFAULT_DESIGN
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import BADGES, PRINTING
from badge_forge.text.like import containing
from badge_forge.views.badge_state import State, badge_state
from badge_forge.views.job_states import FAILED, WAITING

SCANNED = 2000
"""Most rows that one list reads, whatever matches. A list that found too few goes on later."""

ROWS: dict[State | None, tuple[tuple[str, ...], tuple[str, ...]]] = {
    None: ((BADGES,), ("completed", *FAILED)),
    "printed": ((PRINTING,), ("completed",)),
    "failed": ((BADGES, PRINTING), FAILED),
    "waiting": ((BADGES,), WAITING),
    "rendering": ((BADGES,), ("executing",)),
    "retrying": ((BADGES,), ("retryable",)),
    "rendered": ((PRINTING,), (*WAITING, "retryable")),
    "printing": ((PRINTING,), ("executing",)),
}
"""The queues and states of the rows that lead to the badges in a state. None: all finished badges."""

QUEUED: frozenset[State] = frozenset({"waiting", "rendering", "retrying", "rendered", "printing"})
"""States that are listed in the order of their queue. The others are listed by the time they ended."""


class Badge(BaseModel):
    """A badge. `id` is its UUID, or `job-…` if the args have none.

    `duration_s` is how long the last attempt to render it took. `finished_at` is when it was rendered
    or failed, `printed_at` when it was printed. `has_pdf` tells whether it was rendered.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    job_id: int
    name: str
    company: str
    type: str
    design: str
    batch_id: str | None
    state: State
    attempt: int
    duration_s: float | None
    finished_at: AwareDatetime | None
    printed_at: AwareDatetime | None
    has_pdf: bool

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Make a badge from a row that has `badge_state` and `print_state`."""
        state = badge_state(row["badge_state"], row["print_state"])
        has_pdf = row["badge_state"] == "completed"
        return cls.model_validate(row | {"state": state, "has_pdf": has_pdf})


@dataclass(frozen=True)
class Filter:
    """Which badges to list. None means all; `state` None means the finished ones.

    `name` is a part of the name, in upper or lower case.
    """

    state: State | None = None
    type: str | None = None
    design: str | None = None
    batch: str | None = None
    name: str | None = None


_CURSOR = re.compile(r"([0-9])_([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15})_([0-9]{1,18})")


@dataclass(frozen=True)
class Cursor:
    """A place in a list: after the row with this priority, time and id."""

    at: str
    id: int
    priority: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `str(cursor)`. Raises `ValueError`."""
        parts = _CURSOR.fullmatch(text)
        if parts is None:
            raise ValueError("before must be the `next` of an earlier answer")
        datetime.fromisoformat(parts[2])
        return cls(parts[2], int(parts[3]), int(parts[1]))

    def __str__(self) -> str:
        return f"{self.priority}_{self.at}_{self.id}"


_LATEST = Cursor("infinity", 2**63 - 1)
_FIRST = Cursor("-infinity", 0, -1)


@dataclass(frozen=True)
class Page:
    """A part of a list. `next` is where it goes on, None at its end. `badges` can be empty before."""

    badges: list[Badge] = field(default_factory=list)
    next: Cursor | None = None


async def list_badges(
    connection: AsyncConnection, wanted: Filter, before: Cursor | None = None, limit: int = 100
) -> Page:
    """Return at most `limit` badges after `before`: the latest first, or in the order of their queue.

    Reads at most `SCANNED` rows, so a page can have fewer badges, or none, and still a `next`. Raises
    `psycopg.Error`.
    """
    queues, states = ROWS[wanted.state]
    queued = wanted.state in QUEUED
    start = before or (_FIRST if queued else _LATEST)
    selective = any((wanted.type, wanted.design, wanted.batch, wanted.name))
    scanned = SCANNED if selective else limit
    parameters = {
        "queues": list(queues),
        "states": list(states),
        "at": start.at,
        "id": start.id,
        "priority": start.priority,
        "scanned": scanned,
        "limit": limit,
        "type": wanted.type,
        "design": wanted.design,
        "default_design": DEFAULT_DESIGN,
        "batch": wanted.batch,
        "name": None if wanted.name is None else containing(wanted.name),
    }
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_ACTIVE if queued else _FINISHED, parameters)
        row = await cursor.fetchone()
    assert row
    badges = [Badge.from_row(badge) for badge in row["badges"]]
    if len(badges) == limit:
        last = row["badges"][-1]
    else:
        last = row["last"] if row["scanned"] == scanned else None
    return Page(
        [badge for badge in badges if wanted.state in (None, badge.state)],
        None if last is None else Cursor(last["at"], last["row_id"], last["priority"]),
    )


async def find_badges(connection: AsyncConnection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of the badges with these `ids` (UUIDs), as `Badge.from_row` takes them."""
    parameters = dict.fromkeys(("type", "design", "batch", "name")) | {
        "ids": list(ids),
        "limit": len(ids),
        "default_design": DEFAULT_DESIGN,
    }
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_BY_ID, parameters)
        row = await cursor.fetchone()
    assert row
    rows: list[dict[str, Any]] = row["badges"]
    return rows


def _statement(rows: str) -> bytes:
    """Return the statement that lists the badges of the rows which `rows`.sql selects."""
    scanned, listed = statement(__package__, rows), statement(__package__, "list_badges")
    return b"WITH scanned AS MATERIALIZED (\n" + scanned + b"),\n" + listed


_FINISHED = _statement("finished_rows")
_ACTIVE = _statement("active_rows")
_BY_ID = _statement("rows_by_id")
