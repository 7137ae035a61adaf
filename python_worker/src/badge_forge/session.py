"""Set what a session relies on, whatever the database or the role set.

`BadgeForge.Session` is the same in Elixir. Without it, badges would lose attempts on a database with
`default_transaction_isolation = serializable`, for example.
"""

from typing import Any

from psycopg import AsyncConnection, Connection

PREPARE = """
SELECT set_config(name, value, false), pg_backend_pid()
FROM (
    VALUES
        ('default_transaction_isolation', 'read committed'),
        ('default_transaction_read_only', 'off'),
        ('default_transaction_deferrable', 'off'),
        ('search_path', 'public'),
        ('timezone', 'UTC'),
        ('datestyle', 'ISO, MDY'),
        ('intervalstyle', 'postgres'),
        ('standard_conforming_strings', 'on'),
        ('statement_timeout', '30s'),
        ('lock_timeout', '10s'),
        ('idle_in_transaction_session_timeout', '30s'),
        ('idle_session_timeout', '0'),
        ('transaction_timeout', '0')
) AS wanted (name, value)
WHERE current_setting(name, true) IS NOT NULL
"""
"""One round trip. PgBouncer refuses such settings as parameters of the connection. Older versions of
PostgreSQL lack the last one."""

NO_STATEMENT_TIMEOUT = "SET statement_timeout = 0"


def prepare(connection: Connection[Any], *, statement_timeout: bool = True) -> None:
    """Set what a session relies on. A migration has no `statement_timeout`: it may take long.

    The connection must be in autocommit mode, since a rollback would undo the settings.
    """
    row = connection.execute(PREPARE, prepare=False).fetchone()
    _prepare_no_statements_behind_a_pooler(connection, row)
    if not statement_timeout:
        connection.execute(NO_STATEMENT_TIMEOUT, prepare=False)


async def prepare_async(connection: AsyncConnection[Any]) -> None:
    """Do the same as `prepare`."""
    cursor = await connection.execute(PREPARE, prepare=False)
    _prepare_no_statements_behind_a_pooler(connection, await cursor.fetchone())


def _prepare_no_statements_behind_a_pooler(
    connection: Connection[Any] | AsyncConnection[Any], row: tuple[Any, ...] | None
) -> None:
    """Prepare no statements if a pooler such as PgBouncer is in between, which tells another number.

    In its transaction mode, the next transaction may run in another session of the server, which does
    not know the statement, or has another of its name.
    """
    if row and row[1] != connection.info.backend_pid:
        connection.prepare_threshold = None
