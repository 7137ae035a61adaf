"""Write the registry of queues into `badge_forge_queues`, which the table's triggers read."""

import psycopg

from badge_forge import registry
from badge_forge.database.url import connected, redact
from badge_forge.errors import DatabaseError

REGISTER = """
INSERT INTO badge_forge_queues (queue, worker, runs_in)
SELECT * FROM unnest(%(queues)s::text[], %(workers)s::text[], %(sides)s::text[])
EXCEPT SELECT queue, worker, runs_in FROM badge_forge_queues
ON CONFLICT (queue) DO UPDATE SET worker = excluded.worker, runs_in = excluded.runs_in
RETURNING queue, worker
"""

CHECK_WAITING = """
UPDATE oban_jobs SET state = state
WHERE state IN ('available', 'scheduled', 'retryable', 'suspended')
    AND (queue = ANY (%(queues)s) OR worker = ANY (%(workers)s))
"""
"""Lets the trigger check the rows that wait already."""


def register_queues(database_url: str) -> list[str]:
    """Write the registry into the table, and return the queues that are new or have another worker.

    Can be run repeatedly. An entry that left the registry stays in the table, because another
    installation on this database may have it. Raises `DatabaseError`, `SettingsError`.
    """
    wanted = registry.queues()
    try:
        with connected(database_url) as connection:
            entries = {
                "queues": [queue.name for queue in wanted],
                "workers": [queue.worker for queue in wanted],
                "sides": [queue.runs_in for queue in wanted],
            }
            if new := dict(connection.execute(REGISTER, entries).fetchall()):
                connection.execute(CHECK_WAITING, {"queues": [*new], "workers": [*new.values()]})
            return sorted(new)
    except psycopg.Error as error:
        reason = error.diag.message_primary or type(error).__name__
        raise DatabaseError(f"cannot register the queues in {redact(database_url)}: {reason}") from error
