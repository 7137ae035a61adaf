"""Compare `enqueue_batch` from Elixir with INSERT … SELECT of the same rows in PostgreSQL."""

import time

from benchmarks.applications import Site, sites
from benchmarks.figures import Figure, ratios
from benchmarks.run import Run

PART = "enqueue"
COLUMNS = "queue, worker, args, meta, max_attempts, priority"
KEEP = f"CREATE TEMPORARY TABLE same AS SELECT {COLUMNS} FROM oban_jobs ORDER BY id".encode()  # noqa: S608
INSERT = f"INSERT INTO oban_jobs ({COLUMNS}) SELECT {COLUMNS} FROM same".encode()  # noqa: S608


def measure(run: Run) -> list[Figure]:
    """Measure both, interleaved, each with an empty table."""
    count = run.size(100_000, 2_000)
    elixir, postgresql = [], []
    with sites("enqueue") as (site,):
        for number in run.rounds(5):
            run.say(f"round {number + 1}")
            elixir.append(count / float(site.elixir_script("enqueue.exs", str(count))))
            postgresql.append(count / _insert_again(site))
            site.clear()
    percents = tuple(100 * pair for pair in ratios(elixir, postgresql))
    note = f"{count} jobs a round"
    return [
        Figure(PART, "enqueue_batch from Elixir", "jobs/s", tuple(elixir), note=note),
        Figure(PART, "INSERT … SELECT of the same rows", "jobs/s", tuple(postgresql), note=note),
        Figure(PART, "enqueue_batch to INSERT … SELECT", "%", percents, note=note),
    ]


def _insert_again(site: Site) -> float:
    """Return the seconds that PostgreSQL takes to insert the rows of the table again."""
    run = site.connection.execute
    run(KEEP)
    run("TRUNCATE oban_jobs")
    start = time.monotonic()
    run(INSERT)
    elapsed = time.monotonic() - start
    run("DROP TABLE same")
    return elapsed
