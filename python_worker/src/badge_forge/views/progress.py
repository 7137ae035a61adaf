"""How fast badges are made, and how far each batch is: for views that run for hours."""

import time
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from pydantic import BaseModel, ConfigDict

from badge_forge.attendee import DEFAULT_DESIGN
from badge_forge.jobs.statements import statement

BUCKET_S = 10
BUCKETS = 60
"""The throughput of the last ten minutes is that of 60 buckets of 10 seconds."""

RATE_BUCKETS = 6
"""The present rate is that of the last minute."""

SCANNED = 20_000
"""Of how many jobs, the newest, batches are counted. A batch of 5,000 badges has 10,000 jobs."""

_COMPLETIONS = statement(__package__, "completions")
RECENT_BATCHES = statement(__package__, "recent_batches")
"""How each batch is counted. A statement that begins so says what it returns."""

MOST_BATCHES = 20

_BATCHES = RECENT_BATCHES + statement(__package__, "batches")


class Batch(BaseModel):
    """A batch: how many badges it has, and how many of them are printed or failed."""

    model_config = ConfigDict(frozen=True)

    id: str
    total: int
    printed: int
    failed: int


class Batches(BaseModel):
    """The newest batches, designs and types, of the newest `SCANNED` jobs. `complete`: of all jobs."""

    model_config = ConfigDict(frozen=True)

    batches: list[Batch]
    designs: list[str]
    types: list[str]
    complete: bool


async def batches(connection: AsyncConnection) -> Batches:
    """Read the newest batches. Raises `psycopg.Error`."""
    parameters = {"scanned": SCANNED, "limit": MOST_BATCHES, "default_design": DEFAULT_DESIGN}
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_BATCHES, parameters)
        return Batches.model_validate(await cursor.fetchone())


@dataclass
class Throughput:
    """Badges rendered and printed in the last ten minutes. Later looks only read what is new."""

    _buckets: dict[int, tuple[int, int]] = field(default_factory=dict)

    async def look(self, connection: AsyncConnection) -> None:
        """Count what was completed since the last look. Raises `psycopg.Error`."""
        # The newest buckets are read again: a job is visible a little later than it was completed.
        newest = min(self._newest(), _now())  # this machine's clock can have been set back
        since = max(newest - 2 * BUCKET_S, _now() - BUCKETS * BUCKET_S)
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_COMPLETIONS, {"since": since, "until": _now() + BUCKET_S})
            rows: list[dict[str, Any]] = await cursor.fetchall()
        self._buckets |= {row["started_at"]: (row["rendered"], row["printed"]) for row in rows}
        for started_at in [old for old in self._buckets if old <= _now() - BUCKETS * BUCKET_S]:
            del self._buckets[started_at]

    def rendered(self) -> list[int]:
        """Return the badges rendered per bucket, the oldest first. The last bucket is not over yet."""
        return [self._buckets.get(started_at, (0, 0))[0] for started_at in _starts()]

    def printed(self) -> list[int]:
        """Return the badges printed per bucket, the oldest first."""
        return [self._buckets.get(started_at, (0, 0))[1] for started_at in _starts()]

    def _newest(self) -> int:
        return max(self._buckets, default=0)


def per_second(counts: list[int]) -> float:
    """Return the rate of the last minute, or since the first badge within it, in jobs per second."""
    recent = counts[-RATE_BUCKETS:]
    first = next((index for index, count in enumerate(recent) if count), len(recent))
    elapsed_s = (len(recent) - first - 1) * BUCKET_S + time.time() % BUCKET_S
    return sum(recent) / max(elapsed_s, 1.0) if first < len(recent) else 0.0


def _now() -> int:
    return int(time.time()) // BUCKET_S * BUCKET_S


def _starts() -> range:
    return range(_now() - (BUCKETS - 1) * BUCKET_S, _now() + 1, BUCKET_S)
