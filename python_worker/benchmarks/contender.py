"""A way to make badges, in a process of its own, measured in seconds of CPU.

A process of its own, so that none pays for the memory, the fonts or the caches of another.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

Draw = Callable[[Any], object]


class Contender:
    """Measures what the function that `make` returns takes for a subject."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cpu_ms(self, subjects: Sequence[Any]) -> float:
        """Draw all `subjects`, and return the milliseconds of CPU that one took, of all threads.

        Raises `RuntimeError` if the process dies.
        """
        try:
            self._connection.send(subjects)
            seconds: float = self._connection.recv()
        except (EOFError, BrokenPipeError):
            raise RuntimeError("a contender died: what it said stands above") from None
        return seconds * 1_000 / len(subjects)


@contextmanager
def contender(make: Callable[[], Draw]) -> Iterator[Contender]:
    """Start a process that draws with what `make`, a function of a module, returns."""
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
