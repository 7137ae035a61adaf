"""Measure the time from enqueue to confirmation of a single badge while 10,000 others wait."""

from badge_forge.settings import cores
from benchmarks.applications import Site, sites, statement
from benchmarks.figures import Bound, Figure, percentile
from benchmarks.run import Run

PART = "walk-up"
WARM_UP = 100

WAITING = statement("waiting_badges")
WAITS = statement("waits")
PACE = statement("pace")
LEFT = "SELECT count(*) FROM oban_jobs WHERE queue = 'badges' AND priority = %s AND state = 'available'"


def measure(run: Run) -> list[Figure]:
    """Measure with one renderer per core, the worker's default."""
    count, waiting = run.size(200, 10), run.size(10_000, 500)
    renderers = cores()
    with sites("walk_up") as (site,):
        site.connection.execute(WAITING, [waiting])
        site.connection.execute("ANALYZE oban_jobs")
        with site.elixir() as elixir, site.worker(renderers) as worker:
            # Wait until the queue runs at its usual rate.
            site.wait_until(lambda: waiting - _left(site, 3) >= WARM_UP, (worker, elixir))
            site.elixir_script("walk_up.exs", str(count))
            site.wait_until(lambda: _left(site, 0) == 0, (worker, elixir))
            site.wait_until(lambda: len(_waits(site)) == count, (worker, elixir))
            left = _left(site, 3)
        waits = _waits(site)
        pace = tuple(pace for (pace,) in site.connection.execute(PACE))
    rendering = Figure(
        PART, "one rendering at the same time", "ms", tuple(renderers * each for each in pace)
    )
    late = percentile(waits, 99)
    note = f"{count} walk-ups; {waiting} others waited, at the end {left}"
    return [
        rendering,
        Figure(PART, "walk-up to confirmed, median", "ms", waits, note=note),
        Figure(PART, "walk-up to confirmed, 99th percentile", "ms", waits, given=late, note=note),
        Figure(
            PART,
            "walk-up to confirmed, 99th percentile",
            "renderings",
            tuple(wait / rendering.value for wait in waits),
            Bound("at most", 5),
            given=late / rendering.value,
        ),
    ]


def _waits(site: Site) -> tuple[float, ...]:
    return tuple(wait for (wait,) in site.connection.execute(WAITS))


def _left(site: Site, priority: int) -> int:
    row = site.connection.execute(LEFT, [priority]).fetchone()
    assert row
    return int(row[0])
