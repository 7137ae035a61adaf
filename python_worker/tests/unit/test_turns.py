"""Whose turn it is: the most urgent first, then the one who waits longest, and nothing gets lost."""

import asyncio

from badge_forge.turns import Turns


async def wait_for(turns: Turns[str], priority: int) -> asyncio.Task[str]:
    task = asyncio.create_task(turns.take(priority))
    await asyncio.sleep(0)  # it takes its place
    return task


async def test_the_most_urgent_comes_first_and_equals_in_their_order() -> None:
    turns = Turns[str]()
    waiting = [await wait_for(turns, priority) for priority in (3, 1, 3, 0)]
    for thing in "abcd":
        turns.give(thing)
    assert await asyncio.gather(*waiting) == ["c", "b", "d", "a"]


async def test_who_gives_up_leaves_what_was_meant_for_him_to_the_next() -> None:
    turns = Turns[str]()
    before, after, last = [await wait_for(turns, 0) for _ in range(3)]
    before.cancel()
    await asyncio.gather(before, return_exceptions=True)
    turns.give("a")
    after.cancel()  # the thing is his, but he has not taken it yet
    assert await last == "a"
    turns.give("a")
    assert await turns.take(9) == "a"
