"""Resources that all jobs of a running worker share.

Oban creates a `GenerateBadge` for each job, without arguments. It gets its resources from
`WorkerContext.current()`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Self

from oban import Oban
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from badge_forge.press.press import Press
from badge_forge.settings import COMMAND
from badge_forge.storage import Storage


@dataclass(frozen=True)
class WorkerContext:
    """The press, the storage, the Oban and the connection pool of a running worker."""

    press: Press
    storage: Storage
    oban: Oban
    pool: AsyncConnectionPool[AsyncConnection]

    _current: ClassVar["WorkerContext | None"] = None

    @contextmanager
    def in_use(self) -> Iterator[Self]:
        """Make `current` return this context while the block runs."""
        WorkerContext._current = self
        try:
            yield self
        finally:
            WorkerContext._current = None

    @classmethod
    def current(cls) -> "WorkerContext":
        """Return the context of the running worker. Raises `RuntimeError` if there is none."""
        if cls._current is None:
            raise RuntimeError(f"no worker context is open: jobs run only inside `{COMMAND} worker`")
        return cls._current
