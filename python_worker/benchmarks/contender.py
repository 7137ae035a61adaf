"""Measure the CPU time of one way to make badges.

Each runs in a separate process, so that none is affected by the memory, fonts or caches of another.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

Draw = Callable[[Any], object]


class Contender:
    """Measures the CPU time of a function that draws badges."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cpu_ms(self, subjects: Sequence[Any]) -> float:
        """Draw all `subjects`, and return the CPU milliseconds per subject, including all threads.

        Raises `RuntimeError` if the process dies.
        """
        try:
            self._connection.send(subjects)
            seconds: float = self._connection.recv()
        except (EOFError, BrokenPipeError):
            raise RuntimeError("a contender died: see its output above") from None
        return seconds * 1_000 / len(subjects)


@contextmanager
def contender(make: Callable[[], Draw]) -> Iterator[Contender]:
    """Start a process that calls `make` and draws with the function it returns.

    `make` must be importable from its module, because the process is spawned.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, make), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Contender(ours)
    finally:
        ours.close()
        process.join()


def _serve(connection: Connection, make: Callable[[], Draw]) -> None:
    draw = make()
    while True:
        try:
            subjects = connection.recv()
        except EOFError:
            return
        start = time.process_time()
        for subject in subjects:
            draw(subject)
        connection.send(time.process_time() - start)
