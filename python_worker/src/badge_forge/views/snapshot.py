"""The state of the queues at one moment, read with one statement that is bounded in rows and time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from pydantic import BaseModel, ConfigDict

from badge_forge import registry
from badge_forge.views.applications import SILENT_AFTER_S
from badge_forge.views.job_states import UNFINISHED
from badge_forge.views.pauses import Pause
from badge_forge.views.table import Table

THROUGHPUT_WINDOW_S = 60.0
"""The seconds that `throughput.sql` looks back."""

LEAST_WINDOW_S = 10.0
"""Fewest seconds that a rate is computed over, so that a single job is not a burst."""

DURATION_BOUNDS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""The bounds between the buckets of durations."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class Count(_Row):
    """The number of jobs of a queue in a state. Above 50,000 it is `estimated` from statistics."""

    queue: str
    state: str
    jobs: int
    estimated: bool


class Throughput(_Row):
    """The jobs that a queue completed within the last `THROUGHPUT_WINDOW_S` seconds.

    The first of them was completed `within_s` seconds ago.
    """

    queue: str
    jobs: int
    within_s: float = THROUGHPUT_WINDOW_S

    @property
    def per_second(self) -> float:
        """The rate since the first of these jobs."""
        return self.jobs / min(max(self.within_s, LEAST_WINDOW_S), THROUGHPUT_WINDOW_S)


class Node(_Row):
    """A queue on a node. All but `node`, `queue` and `executing` is None if the node does not report.

    `renderers` is what a Python worker reports about its renderer processes.
    """

    node: str
    queue: str
    executing: int
    paused: bool
    job_limit: float | None
    seen_ago_s: float | None
    up_s: float | None
    renderers: dict[str, Any] | None = None

    @property
    def silent(self) -> bool:
        """Whether the node has stopped reporting: it hangs or was killed."""
        return self.seen_ago_s is not None and self.seen_ago_s > SILENT_AFTER_S


class LatestJob(_Row):
    """A completed job. `badge_id`, `name`, `type` and `design` are from its args, None if missing."""

    id: int
    queue: str
    worker: str
    badge_id: str | None
    name: str | None
    type: str | None
    design: str | None
    attempt: int
    duration_s: float | None
    completed_at: datetime


class Failure(_Row):
    """Failed jobs with one cause: their number, the newest ids (at most 5) and the newest reason."""

    queue: str
    state: str
    jobs: int
    failed_at: datetime
    ids: list[int]
    reason: str


class TypeCount(_Row):
    """The number of badge jobs of a type in a state, among the newest 10,000 of the state."""

    state: str
    type: str | None
    jobs: int


class QueueAge(_Row):
    """The seconds since the oldest available job of a queue was due."""

    queue: str
    age_s: float


class Durations(_Row):
    """Jobs of a queue that took as long as a bucket, completed within the last minute.

    Bucket 0 is below the first of `DURATION_BOUNDS_S`, the last one is from the last bound on. `total_s`
    is the sum of their durations.
    """

    queue: str
    bucket: int
    jobs: int
    total_s: float


class Snapshot(_Row):
    """What is in the table at `taken_at` (UTC). The last three parts are empty if not `measured`."""

    taken_at: datetime
    counts: list[Count]
    throughput: list[Throughput]
    nodes: list[Node]
    latest: list[LatestJob]
    failures: list[Failure]
    retrying: list[Failure] = []
    """Why jobs wait for their next attempt, of 200 of them at most."""
    held_up: list[Failure] = []
    """Why jobs wait for a printer, in its words, of 200 of them at most."""
    paused: list[Pause] = []
    types: list[TypeCount] = []
    ages: list[QueueAge] = []
    durations: list[Durations] = []

    @classmethod
    async def take(
        cls,
        connection: AsyncConnection,
        table: Table,
        latest: int = 50,
        queues: Sequence[str] | None = None,
        measured: bool = False,
    ) -> Self:
        """Read the state of `table`, with the `latest` completed jobs of `queues` (None for all).

        `measured` also reads what `/metrics` shows. Raises `psycopg.Error`.
        """
        parameters = {
            "latest": latest,
            "queues": None if queues is None else list(queues),
            "bounds_s": list(DURATION_BOUNDS_S),
            "own": registry.names(),
        }
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(table.snapshot_statement(measured), parameters)
            row = await cursor.fetchone()
        assert row
        groups: dict[str, list[Any]] = {"failures": [], "retrying": [], "held_up": []}
        waiting = {"retryable": "retrying", "scheduled": "held_up"}
        for group in row["failures"]:
            groups[waiting.get(group["state"], "failures")].append(group)
        return cls.model_validate(row | groups)

    def paused_at(self, queue: str) -> datetime | None:
        """Return since when `queue` is paused (UTC), None if no pause is remembered."""
        return next((pause.paused_at for pause in self.paused if pause.queue == queue), None)

    def queues(self) -> list[str]:
        """Return the names of all queues that have jobs or nodes."""
        return sorted({row.queue for rows in (self.counts, self.nodes) for row in rows})

    def jobs(self, queue: str, *states: str) -> int:
        """Count the jobs of `queue` in `states`."""
        return sum(count.jobs for count in self.counts if count.queue == queue and count.state in states)

    def per_second(self, queue: str) -> float:
        """Return the jobs that `queue` completed per second, over the last minute at most."""
        return sum(row.per_second for row in self.throughput if row.queue == queue)

    def time_to_empty_s(self, queue: str) -> float | None:
        """Return the seconds until `queue` is empty at the present rate: 0 if it is, None if unknown."""
        left = self.jobs(queue, *UNFINISHED)
        if not left:
            return 0.0
        rate = self.per_second(queue)
        return left / rate if rate else None
