"""Write the registry of queues into `badge_forge_queues`, which the table's triggers read."""

import psycopg

from badge_forge import registry
from badge_forge.database.url import connected, redact
from badge_forge.errors import DatabaseError

REGISTER = """
INSERT INTO badge_forge_queues (queue, worker)
SELECT queue, worker FROM unnest(%(queues)s::text[], %(workers)s::text[]) AS entry (queue, worker)
EXCEPT SELECT queue, worker FROM badge_forge_queues
ON CONFLICT (queue) DO UPDATE SET worker = excluded.worker
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
            parameters = _columns([(queue.name, queue.worker) for queue in wanted])
            new = connection.execute(REGISTER, parameters).fetchall()
            if new:
                connection.execute(CHECK_WAITING, _columns(new))
            return sorted(queue for queue, _worker in new)
    except psycopg.Error as error:
        reason = error.diag.message_primary or type(error).__name__
        raise DatabaseError(f"cannot register the queues in {redact(database_url)}: {reason}") from error


def _columns(rows: list[tuple[str, str]]) -> dict[str, list[str]]:
    return {"queues": [queue for queue, _ in rows], "workers": [worker for _, worker in rows]}
