"""A priority pool: waiters get a free resource in order of priority, then of arrival."""

import asyncio
from heapq import heappop, heappush
from itertools import count


class PriorityPool[T]:
    """Resources, each held by one task at a time."""

    def __init__(self) -> None:
        self._free: list[T] = []
        self._waiting: list[tuple[int, int, asyncio.Future[T]]] = []
        self._arrivals = count()

    @property
    def free(self) -> int:
        """The number of resources that no task holds."""
        return len(self._free)

    async def acquire(self, priority: int) -> T:
        """Wait for a free resource and return it. Lower `priority` numbers come first."""
        if self._free:
            return self._free.pop()  # the most recently used one: its memory is in the caches
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (priority, next(self._arrivals), waiter))
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.release(waiter.result())
            raise

    def release(self, resource: T) -> None:
        """Return `resource` to the pool: the next waiter gets it."""
        while self._waiting:
            _priority, _number, waiter = heappop(self._waiting)
            if not waiter.done():
                waiter.set_result(resource)
                return
        self._free.append(resource)
