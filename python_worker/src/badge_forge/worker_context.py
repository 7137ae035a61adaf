"""What the jobs of a running worker share: one press, one storage, one Oban, one connection pool.

Oban makes a new `GenerateBadge` for every job, without arguments, so the worker finds these here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Self

from oban import Oban
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from badge_forge.press.press import Press
from badge_forge.storage import Storage


@dataclass(frozen=True)
class WorkerContext:
    """The parts that `GenerateBadge` needs, open and running."""

    press: Press
    storage: Storage
    oban: Oban
    pool: AsyncConnectionPool[AsyncConnection]

    _current: ClassVar["WorkerContext | None"] = None

    @contextmanager
    def in_use(self) -> Iterator[Self]:
        """Make this the one that `current` returns, for as long as the block runs."""
        WorkerContext._current = self
        try:
            yield self
        finally:
            WorkerContext._current = None

    @classmethod
    def current(cls) -> "WorkerContext":
        """Return the running worker's context."""
        if cls._current is None:
            raise RuntimeError(
                "no worker context is open: jobs run inside `bin/badge-forge worker` only"
            )
        return cls._current
