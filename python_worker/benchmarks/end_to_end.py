"""End to end: from Elixir's enqueue to the print, against the listing and against a list in memory."""

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
WARM_UP = 10
"""Badges that each worker forges before it is timed."""

LISTING, MEMORY = "the listing", "fed from memory"


def measure(run: Run) -> list[Figure]:
    """Measure ours with one and two renderers, the same fed from memory, and the listing, turn about."""
    count = {2: run.size(1_000, 20, together=240), 1: run.size(1_000, 10, together=120)}
    of_listing = run.size(100, 5, together=40)
    rates: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    with sites("end_to_end") as (site,), site.elixir() as elixir:
        for number in run.rounds(5):
            run.say(f"round {number + 1}")
            with site.listing() as worker:
                _forge(site, WARM_UP, worker, elixir)
                _batch, rate = _forge(site, of_listing, worker, elixir)
                rates[LISTING, 1].append(rate)
            for renderers in (1, 2):
                with site.worker(renderers) as worker:
                    _forge(site, WARM_UP, worker, elixir)
                    batch_id, rate = _forge(site, count[renderers], worker, elixir)
                rates["ours", renderers].append(rate)
                people = site.attendees(batch_id)
                rates[MEMORY, renderers].append(asyncio.run(_from_memory(people, renderers)))
            site.clear()
    return _figures(rates, count, of_listing)


def _figures(
    rates: dict[tuple[str, int], list[float]], count: dict[int, int], of_listing: int
) -> list[Figure]:
    def rate(title: str, key: tuple[str, int], badges: int) -> Figure:
        return Figure(PART, title, "badges/s", tuple(rates[key]), note=f"{badges} badges a round")

    figures = [rate("the listing, Elixir to printed", (LISTING, 1), of_listing)]
    for renderers in (1, 2):
        name = f"{renderers} renderer{'s' if renderers > 1 else ''}"
        figures += [
            rate(f"{name}, Elixir to printed", ("ours", renderers), count[renderers]),
            rate(f"{name}, fed from a list in memory", (MEMORY, renderers), count[renderers]),
        ]
    for renderers, bound in ((1, None), (2, Bound("at least", 8))):
        pairs = ratios(rates["ours", renderers], rates[LISTING, 1])
        figures.append(Figure(PART, f"{renderers} to the listing", "times", pairs, bound))
    for renderers, bound in ((1, None), (2, Bound("at least", 85))):
        pairs = ratios(rates["ours", renderers], rates[MEMORY, renderers])
        percents = tuple(100 * pair for pair in pairs)
        figures.append(Figure(PART, f"{renderers} to a list in memory", "%", percents, bound))
    return figures


def _forge(site: Site, count: int, *applications: Application) -> tuple[str, float]:
    batch_id = site.enqueue(count)
    return batch_id, site.rate(batch_id, count, applications)


async def _from_memory(people: list[Attendee], renderers: int) -> float:
    """Return the badges a second that the press renders, as many in hand as the worker has."""
    async with open_press(renderers) as press:
        await asyncio.gather(*(press.render(person) for person in people[: 2 * renderers]))
        waiting = iter(people)

        async def feed() -> None:
            for person in waiting:
                await press.render(person)

        start = time.monotonic()
        await asyncio.gather(*(feed() for _ in range(renderers * BADGES_PER_RENDERER_IN_HAND)))
        return len(people) / (time.monotonic() - start)
