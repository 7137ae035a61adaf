"""Hold single jobs, or release them, while their queues go on; count jobs by state.

A held job has the state `suspended`, in which neither Oban takes it. It stays so until it is released,
whatever restarts meanwhile.
"""

from collections import Counter
from collections.abc import Sequence

import psycopg

from badge_forge.jobs.job_filter import JobFilter, filtered

HOLD_JOBS = filtered("hold_jobs")
RELEASE_HELD_JOBS = filtered("release_held_jobs")
COUNT_JOBS = filtered("count_jobs")


def hold(connection: psycopg.Connection, wanted: JobFilter) -> int:
    """Hold the `wanted` jobs that wait, and return their number. Those that run go on."""
    return len(connection.execute(HOLD_JOBS, wanted.parameters()).fetchall())


def release_held(connection: psycopg.Connection, wanted: JobFilter) -> int:
    """Let the `wanted` jobs that are held wait again, and return their number."""
    return len(connection.execute(RELEASE_HELD_JOBS, wanted.parameters()).fetchall())


def count_jobs(
    connection: psycopg.Connection, wanted: JobFilter, states: Sequence[str] | None = None
) -> dict[str, Counter[str]]:
    """Count the `wanted` jobs by queue and state, in all states or in `states`."""
    found: dict[str, Counter[str]] = {}
    for queue, state, jobs in connection.execute(COUNT_JOBS, wanted.parameters()):
        if states is None or state in states:
            found.setdefault(queue, Counter())[state] = jobs
    return found
