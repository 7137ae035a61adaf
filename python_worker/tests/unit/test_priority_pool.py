"""The lowest priority number is served first, then the longest wait, and no resource is lost."""

import asyncio

from badge_forge.press.priority_pool import PriorityPool


async def wait_for(pool: PriorityPool[str], priority: int) -> asyncio.Task[str]:
    task = asyncio.create_task(pool.acquire(priority))
    await asyncio.sleep(0)  # it enters the queue
    return task


async def test_waiters_are_served_by_priority_then_arrival() -> None:
    pool = PriorityPool[str]()
    waiting = [await wait_for(pool, priority) for priority in (3, 1, 3, 0)]
    for resource in "abcd":
        pool.release(resource)
    assert await asyncio.gather(*waiting) == ["c", "b", "d", "a"]


async def test_a_cancelled_waiter_leaves_its_resource_to_the_next() -> None:
    pool = PriorityPool[str]()
    before, after, last = [await wait_for(pool, 0) for _ in range(3)]
    before.cancel()
    await asyncio.gather(before, return_exceptions=True)
    pool.release("a")
    after.cancel()  # it has the resource, but has not run yet
    assert await last == "a"
    pool.release("a")
    assert await pool.acquire(9) == "a"
