"""Check that the database has the schema that this version needs."""

from psycopg import AsyncConnection, OperationalError

from badge_forge import registry
from badge_forge.database.lock_watch import lock_watch
from badge_forge.database.url import CONNECT_TIMEOUT_S, connected_async, unreachable
from badge_forge.errors import DatabaseError
from badge_forge.settings import COMMAND

ELIXIR_VERSION_MARK = 14
"""Oban for Elixir's migration version, which it stores as the comment of `oban_jobs`."""

TABLES = ("oban_jobs", "oban_leaders", "oban_producers", "oban_peers", "badge_forge_queues")

WORKERS_TABLES = ("oban_jobs", "oban_leaders", "oban_producers")
"""Tables that the worker reads and writes. Only Oban for Elixir uses `oban_peers`."""

FIND_FORBIDDEN = """
SELECT current_user, name
FROM unnest(%s::text[]) AS name
WHERE NOT has_any_column_privilege(name, 'UPDATE')
"""

FIND_UNREGISTERED = """
SELECT queue, worker FROM unnest(%s::text[], %s::text[]) AS entry (queue, worker)
EXCEPT SELECT queue, worker FROM badge_forge_queues
ORDER BY queue
"""

FIND_COLUMN = """
SELECT has_any_column_privilege('badge_forge_queues', 'UPDATE') FROM pg_attribute
WHERE attrelid = to_regclass('badge_forge_queues') AND attname = 'paused_at' AND NOT attisdropped
"""
"""The column of migration 0013, and whether this role may remember a pause there."""

REQUIRED_TRIGGER = "badge_forge_reprint"
"""The trigger of migration 0011. Without it, a reprint may print nothing. Without those before it, a
job can run twice or a row stop a queue."""

READ_MARK = "SELECT obj_description(to_regclass('oban_jobs'), 'pg_class')"
FIND_MISSING = "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL"
FIND_TRIGGER = "SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass('oban_jobs') AND tgname = %s"


async def check_database(url: str) -> None:
    """Raise `DatabaseError` if the database cannot be reached, or as `check_schema` does."""
    try:
        async with connected_async(url, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            with lock_watch(url, lambda: [connection.info.backend_pid]):
                await check_schema(connection)
    except OperationalError as error:
        raise unreachable(url, error) from error


async def check_schema(connection: AsyncConnection) -> None:
    """Raise `DatabaseError`, with the command to run, if a table is missing, too old or forbidden.

    Also if a queue of the registry is not in `badge_forge_queues`.
    """
    cursor = await connection.execute(FIND_MISSING, [list(TABLES)])
    missing = [name for (name,) in await cursor.fetchall()]
    if missing:
        raise DatabaseError(
            f"the database has no table {', '.join(missing)}: run `{COMMAND} db migrate`"
        )
    cursor = await connection.execute(FIND_FORBIDDEN, [list(WORKERS_TABLES)])
    for user, table in await cursor.fetchall():
        raise DatabaseError(
            f"the user {user} has no write access to {table}: set DATABASE_URL to the output of "
            f"`{COMMAND} db url --role worker`, run with the owner's URL"
        )
    cursor = await connection.execute(READ_MARK)
    row = await cursor.fetchone()
    mark = row[0] if row else None
    if not (mark and mark.isdecimal() and int(mark) >= ELIXIR_VERSION_MARK):
        raise DatabaseError(
            f"the table oban_jobs has version {mark}, but {ELIXIR_VERSION_MARK} is needed: "
            f"run `{COMMAND} db migrate`"
        )
    cursor = await connection.execute(FIND_TRIGGER, [REQUIRED_TRIGGER])
    if await cursor.fetchone() is None:
        raise DatabaseError(
            f"the table oban_jobs has no trigger {REQUIRED_TRIGGER}: run `{COMMAND} db migrate`"
        )
    cursor = await connection.execute(FIND_COLUMN)
    match await cursor.fetchone():
        case None:
            raise DatabaseError(
                f"the table badge_forge_queues has no column paused_at: run `{COMMAND} db migrate`"
            )
        case (False,):
            raise DatabaseError(
                f"this role may not remember a pause in badge_forge_queues: run `{COMMAND} db roles` "
                "as the owner"
            )
    queues = registry.queues()
    columns = [queue.name for queue in queues], [queue.worker for queue in queues]
    cursor = await connection.execute(FIND_UNREGISTERED, columns)
    for queue, worker in await cursor.fetchall():
        raise DatabaseError(
            f"the table badge_forge_queues lacks the queue {queue} with the worker {worker}: "
            f"run `{COMMAND} db migrate`"
        )
