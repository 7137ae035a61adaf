"""Memory of the worker and its renderers over 10,000 badges, replaced as ever and never replaced."""

import asyncio
import sys
from contextlib import suppress
from itertools import islice

import psutil

from badge_forge.demo.processes import Application
from badge_forge.settings import cores
from benchmarks.applications import Site, sites
from benchmarks.attendees import attendees
from benchmarks.figures import Bound, Figure
from benchmarks.growth import enqueue
from benchmarks.presses import open_press
from benchmarks.run import Run

PART = "memory"
MIB = 1024**2
EARLY = 500
"""Badges after which memory is looked at first."""


def measure(run: Run) -> list[Figure]:
    """Forge many badges, and look at memory after 500 and at the end."""
    badges, early = run.size(10_000, 40), run.size(EARLY, 20)
    renderers = cores()
    note = f"{badges} badges, {renderers} renderers"
    with sites("memory") as (site,), site.worker(renderers) as worker:
        worker_mib, renderer_mib = _over_the_queue(site, worker, badges, early)
    unreplaced = asyncio.run(_never_replaced(badges, early))
    figures = []
    for name, (before, after), bound in (
        ("the worker's memory", worker_mib, None),
        ("the largest renderer's memory", renderer_mib, Bound("at most", 1.1)),
        ("a renderer's memory, never replaced", unreplaced, Bound("at most", 1.1)),
    ):
        figures += [
            Figure(PART, f"{name} after {early} badges", "MiB", (before,), note=note),
            Figure(PART, f"{name} after {badges} badges", "MiB", (after,), note=note),
            Figure(
                PART, f"{name}, {badges} against {early}", "times", (after / before,), bound, note=note
            ),
        ]
    return figures


type Before = float
type After = float


def _over_the_queue(
    site: Site, worker: Application, badges: int, early: int
) -> tuple[tuple[Before, After], tuple[Before, After]]:
    """Return the memory of the worker and of its largest renderer, in MiB, early and at the end."""
    process = _worker_process()
    own, largest = _Watch(badges, early), _Watch(badges, early)
    enqueue(site, "memory", badges)

    def done() -> bool:
        forged = site.count("badges", "completed", "memory")
        own.see(forged, process.memory_info().rss)
        largest.see(forged, _largest_child(process))
        return forged == badges

    site.wait_until(done, (worker,))
    return own.mib(), largest.mib()


async def _never_replaced(badges: int, early: int) -> tuple[Before, After]:
    """Return the memory, in MiB, of a renderer that makes all the badges."""
    watch = _Watch(badges, early)
    async with open_press(1, badges_per_renderer=sys.maxsize) as press:
        for forged, person in enumerate(islice(attendees(), badges), 1):
            await press.render(person)
            if forged % (early // 10) == 0:
                watch.see(forged, _largest_child(psutil.Process()))
    return watch.mib()


class _Watch:
    """The most memory seen in the `early` first of the `badges`, and in as many last ones."""

    def __init__(self, badges: int, early: int) -> None:
        self._badges = badges
        self._early = early
        self._before = self._after = 0

    def see(self, forged: int, rss: int) -> None:
        if forged <= self._early:
            self._before = max(self._before, rss)
        if forged >= self._badges - self._early:
            self._after = max(self._after, rss)

    def mib(self) -> tuple[Before, After]:
        return self._before / MIB, self._after / MIB


def _worker_process() -> psutil.Process:
    for process in psutil.Process().children():
        if process.cmdline()[-2:] == ["badge_forge", "worker"]:
            return process
    raise LookupError("the worker is gone")


def _largest_child(process: psutil.Process) -> int:
    """Return the bytes of the largest process below `process`: a renderer, for all others are small."""
    sizes = [0]
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # a renderer that was just replaced
            sizes.append(child.memory_info().rss)
    return max(sizes)
