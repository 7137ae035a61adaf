"""Whose turn it is: a few things that many want, and that the most urgent gets first."""

import asyncio
from heapq import heappop, heappush
from itertools import count


class Turns[T]:
    """Things that are lent out one at a time. Those who wait get them by urgency, then by their turn."""

    def __init__(self) -> None:
        self._free: list[T] = []
        self._waiting: list[tuple[int, int, asyncio.Future[T]]] = []
        self._numbers = count()

    async def take(self, priority: int) -> T:
        """Return a free thing as soon as there is one and nobody of a lower `priority` number waits."""
        if self._free:
            return self._free.pop()  # the last one used: what is warm in memory
        turn: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (priority, next(self._numbers), turn))
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(turn.result())
            raise

    def give(self, thing: T) -> None:
        """Give a thing back, to be taken again."""
        while self._waiting:
            _priority, _number, turn = heappop(self._waiting)
            if not turn.done():
                turn.set_result(thing)
                return
        self._free.append(thing)
