"""Measure memory over 10,000 badges: the worker, its renderers, and a renderer without recycling."""

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
"""Number of badges at the start, and at the end, over which peak memory is measured."""


def measure(run: Run) -> list[Figure]:
    """Render many badges, and measure memory over the first 500 and the last 500."""
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
    """Return the memory of the worker and of its largest renderer, in MiB, at the start and the end."""
    process = _worker_process()
    own, largest = _Peak(badges, early), _Peak(badges, early)
    enqueue(site, "memory", badges)

    def done() -> bool:
        rendered = site.count("badges", "completed", "memory")
        own.add(rendered, process.memory_info().rss)
        largest.add(rendered, _largest_child(process))
        return rendered == badges

    site.wait_until(done, (worker,))
    return own.mib(), largest.mib()


async def _never_replaced(badges: int, early: int) -> tuple[Before, After]:
    """Return the memory of a single renderer that renders all badges, in MiB."""
    peak = _Peak(badges, early)
    async with open_press(1, badges_per_renderer=sys.maxsize) as press:
        for rendered, person in enumerate(islice(attendees(), badges), 1):
            await press.render(person)
            if rendered % (early // 10) == 0:
                peak.add(rendered, _largest_child(psutil.Process()))
    return peak.mib()


class _Peak:
    """Peak memory during the first `early` badges, and during the last `early` badges."""

    def __init__(self, badges: int, early: int) -> None:
        self._badges = badges
        self._early = early
        self._before = self._after = 0

    def add(self, rendered: int, rss: int) -> None:
        if rendered <= self._early:
            self._before = max(self._before, rss)
        if rendered >= self._badges - self._early:
            self._after = max(self._after, rss)

    def mib(self) -> tuple[Before, After]:
        return self._before / MIB, self._after / MIB


def _worker_process() -> psutil.Process:
    for process in psutil.Process().children():
        if process.cmdline()[-2:] == ["badge_forge", "worker"]:
            return process
    raise LookupError("the worker has ended")


def _largest_child(process: psutil.Process) -> int:
    """Return the size in bytes of the largest descendant of `process`, which is a renderer."""
    sizes = [0]
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # a renderer that was just recycled
            sizes.append(child.memory_info().rss)
    return max(sizes)
