"""Measure the cost of a badge with 1,000, 10,000 and 100,000 rows in the table."""

from contextlib import ExitStack
from itertools import islice

from psycopg.types.json import Jsonb

from badge_forge.demo.processes import Application
from badge_forge.settings import cores
from benchmarks.applications import Site, sites, statement
from benchmarks.attendees import attendees
from benchmarks.figures import Bound, Figure, ratios
from benchmarks.run import Run

PART = "growth"
WARM_UP = 20

ROWS = statement("finished_jobs")
ENQUEUE = statement("batch")
COST = statement("cost")


def measure(run: Run) -> list[Figure]:
    """Make small batches on tables of each size, interleaved. Each table has its own running worker."""
    sizes = (100, 1_000) if run.quick else (1_000, 10_000, 100_000)
    count = run.size(200, 10, together=60)
    renderers = cores()
    costs: dict[int, list[float]] = {size: [] for size in sizes}
    with sites(*(f"rows_{size}" for size in sizes)) as found, ExitStack() as stack:
        grown = dict(zip(sizes, found, strict=True))
        workers = {}
        for size, site in grown.items():
            site.connection.execute(ROWS, [size])
            site.connection.execute("VACUUM ANALYZE oban_jobs")
            workers[size] = stack.enter_context(site.worker(renderers))
            _render(site, WARM_UP, -1, workers[size])
        for number in run.rounds(7):
            for size, site in grown.items():
                costs[size].append(_render(site, count, number, workers[size]))
    least, *_rest, most = sizes
    figures = [
        Figure(PART, f"a badge with {size:,} rows in the table", "ms", tuple(costs[size]))
        for size in sizes
    ]
    growth = ratios(costs[most], costs[least])
    title = f"a badge with {most:,} rows against {least:,}"
    return [*figures, Figure(PART, title, "times", growth, Bound("at most", 1.1))]


def enqueue(site: Site, batch_id: str, count: int) -> None:
    """Enqueue a batch with SQL, since the cost of the Elixir side is not measured here."""
    fields = {"id", "name", "company", "type", "title"}
    args = [person.model_dump(include=fields) for person in islice(attendees(), count)]
    site.connection.execute(ENQUEUE, [batch_id, Jsonb(args)])


def _render(site: Site, count: int, number: int, worker: Application) -> float:
    batch_id = f"batch-{number}"
    enqueue(site, batch_id, count)
    site.wait_until(lambda: site.count("badges", "completed", batch_id) == count, (worker,))
    row = site.connection.execute(COST, [batch_id]).fetchone()
    assert row
    return float(row[0])
