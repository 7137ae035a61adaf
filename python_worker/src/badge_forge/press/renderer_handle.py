"""One renderer process, as the press holds it."""

from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import psutil
from pebble import ProcessFuture, ProcessPool

from badge_forge.press.renderer_process import MIB


@dataclass(eq=False)
class RendererHandle:
    """One renderer process, in a pool of its own.

    The processes of one pool share locks, and one that is killed with a lock in its hand would stop
    them all.
    """

    pool: ProcessPool
    started: ProcessFuture[int]
    process: psutil.Process | None = None
    badges: int = 0
    successor: Self | None = None

    def __post_init__(self) -> None:
        self.started.add_done_callback(self._note_process)

    def _note_process(self, started: Future[int]) -> None:
        with suppress(Exception):  # it did not start, or is gone already
            self.process = psutil.Process(started.result())

    @property
    def ready(self) -> bool:
        """Tell whether the process has started, and rendered its first page."""
        return self.started.done() and not self.started.exception()

    def memory_mib(self) -> float:
        """Return the memory that the process takes, 0 if it is gone."""
        with suppress(psutil.Error):
            if self.process:
                return float(self.process.memory_info().rss) / MIB
        return 0.0

    def kill(self) -> None:
        """End the process, whatever it does. Blocks until it is gone."""
        with suppress(psutil.Error):
            if self.process:
                self.process.kill()  # not by its id, which may be somebody else's by now
        self.pool.stop()  # type: ignore[no-untyped-call]
        self.pool.join()
