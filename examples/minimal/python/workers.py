"""The Python side. `python -m oban start` imports the module and the class that a row names."""

import asyncio
import statistics
from typing import TypeGuard

from oban import Cancel, Job, Oban, worker


@worker(queue="python")
class Describe:
    """Describes numbers, and answers with a job for Elixir."""

    async def process(self, job: Job) -> Cancel | None:
        numbers = job.args.get("numbers")
        if not is_list_of_numbers(numbers):
            # An attempt that raises is repeated. These args are as wrong the next time.
            return Cancel(f"numbers: must be a list of at least two numbers, got {numbers!r}")
        # In a thread: Oban runs all jobs in one event loop, which the work would block.
        answer = await asyncio.to_thread(describe, numbers)
        await Oban.get_instance().enqueue(
            Job("Bridge.Answers", queue="elixir", args={"numbers": numbers} | answer)
        )
        return None

    def timeout(self, job: Job) -> float:
        """Return the seconds after which an attempt fails."""
        return 60


def is_list_of_numbers(value: object) -> TypeGuard[list[float]]:
    """Tell whether `value`, which comes from a row, is a list of at least two numbers."""
    return isinstance(value, list) and len(value) >= 2 and all(type(n) in (int, float) for n in value)


def describe(numbers: list[float]) -> dict[str, float]:
    """Do what Elixir cannot. Replace this by the library that you need."""
    return {
        "median": statistics.median(numbers),
        "deviation": round(statistics.stdev(numbers), 2),
    }
