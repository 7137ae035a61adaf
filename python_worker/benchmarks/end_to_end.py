"""Measure the rate from Elixir's enqueue to the print, compared with the listing and with no queue."""

import asyncio
import time
from collections import defaultdict

from badge_forge.attendee import Attendee
from badge_forge.demo.processes import Application
from badge_forge.worker import BADGES_PER_RENDERER_IN_HAND
from benchmarks.applications import Site, sites
from benchmarks.figures import Bound, Figure, ratios
from benchmarks.presses import open_press
from benchmarks.run import Run

PART = "end-to-end"
WARM_UP_S = 2
"""Approximate duration of the warm-up before a worker is timed."""

SECONDS = 8
"""Approximate duration of a batch if all parts run. If this part runs alone, it has 1,000 badges."""

LISTING, QUEUE, MEMORY = "the listing", "Elixir to printed", "fed from a list in memory"


def measure(run: Run) -> list[Figure]:
    """Measure, interleaved: the listing, and one and two renderers with the queue and without it."""
    rates: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    sizes: defaultdict[int, list[int]] = defaultdict(list)
    with sites("end_to_end") as (site,), site.elixir() as elixir:
        for number in run.rounds(5):
            run.say(f"round {number + 1}")
            with site.listing() as worker:
                rates[LISTING, 1].append(_print(run, site, 100, 10 * WARM_UP_S, worker, elixir)[1])
            for renderers in (1, 2):
                with site.worker(renderers) as worker:
                    batch_id, rate = _print(run, site, 1_000, 50 * WARM_UP_S, worker, elixir)
                rates[QUEUE, renderers].append(rate)
                people = site.attendees(batch_id)
                sizes[renderers].append(len(people))
                rates[MEMORY, renderers].append(asyncio.run(_from_memory(people, renderers)))
            site.clear()
    return _figures(rates, sizes)


def _figures(rates: dict[tuple[str, int], list[float]], sizes: dict[int, list[int]]) -> list[Figure]:
    figures = [Figure(PART, f"the listing, {QUEUE}", "badges/s", tuple(rates[LISTING, 1]))]
    for renderers in (1, 2):
        name = f"{renderers} renderer{'s' if renderers > 1 else ''}"
        note = f"{min(sizes[renderers])} to {max(sizes[renderers])} badges a round"
        for fed in (QUEUE, MEMORY):
            samples = tuple(rates[fed, renderers])
            figures.append(Figure(PART, f"{name}, {fed}", "badges/s", samples, note=note))
    for renderers, bound in ((1, None), (2, Bound("at least", 8))):
        pairs = ratios(rates[QUEUE, renderers], rates[LISTING, 1])
        figures.append(Figure(PART, f"{renderers} renderer(s) to the listing", "times", pairs, bound))
    for renderers, bound in ((1, None), (2, Bound("at least", 85))):
        pairs = ratios(rates[QUEUE, renderers], rates[MEMORY, renderers])
        percents = tuple(100 * pair for pair in pairs)
        figures.append(
            Figure(PART, f"{renderers} renderer(s) to a list in memory", "%", percents, bound)
        )
    return figures


def _print(
    run: Run, site: Site, full: int, warm_up: int, *applications: Application
) -> tuple[str, float]:
    """Warm up, then make and print a batch. Return its id and its rate in badges per second."""
    _batch, expected = _timed(site, run.size(warm_up, 4), *applications)
    count = run.size(full, 10, together=max(warm_up, min(full, round(expected * SECONDS))))
    return _timed(site, count, *applications)


def _timed(site: Site, count: int, *applications: Application) -> tuple[str, float]:
    batch_id = site.enqueue(count)
    return batch_id, site.rate(batch_id, count, applications)


async def _from_memory(people: list[Attendee], renderers: int) -> float:
    """Return the badges per second of the press alone, with as many in flight as in the worker."""
    async with open_press(renderers) as press:
        await asyncio.gather(*(press.render(person) for person in people[: 50 * WARM_UP_S]))
        waiting = iter(people)

        async def feed() -> None:
            for person in waiting:
                await press.render(person)

        start = time.monotonic()
        await asyncio.gather(*(feed() for _ in range(renderers * BADGES_PER_RENDERER_IN_HAND)))
        return len(people) / (time.monotonic() - start)
