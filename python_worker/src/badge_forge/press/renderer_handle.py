"""The press's handle of one renderer process."""

import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import psutil
from pebble import ProcessFuture, ProcessPool

from badge_forge.press.renderer_process import MIB


@dataclass(eq=False)
class RendererHandle:
    """One renderer process, in a separate pool.

    The processes of a pool share locks. If one is killed while it holds a lock, all of them hang.
    """

    pool: ProcessPool
    started: ProcessFuture[int]
    process: psutil.Process | None = None
    badges: int = 0
    successor: Self | None = None
    since: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.started.add_done_callback(self._note_process)

    def _note_process(self, started: Future[int]) -> None:
        with suppress(Exception):  # it failed to start, or has ended already
            self.process = psutil.Process(started.result())

    @property
    def ready(self) -> bool:
        """Tell whether the process has started and rendered its samples."""
        return self.started.done() and not self.started.exception()

    def memory_mib(self) -> float:
        """Return the resident memory of the process, 0 if it has ended."""
        with suppress(psutil.Error):
            if self.process:
                return float(self.process.memory_info().rss) / MIB
        return 0.0

    def kill(self) -> None:
        """Kill the process. Blocks until it has ended."""
        with suppress(psutil.Error):
            if self.process:
                self.process.kill()  # psutil checks that the id was not reused
        self.pool.stop()  # type: ignore[no-untyped-call]
        self.pool.join()
