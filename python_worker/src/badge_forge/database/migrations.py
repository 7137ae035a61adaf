"""Apply `db/migrations/` to a database, with yoyo."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import yoyo
from yoyo.backends import DatabaseBackend
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import MigrationList, default_migration_table

from badge_forge import session
from badge_forge.database.lock_watch import lock_watch
from badge_forge.database.url import connected, parse, redact
from badge_forge.errors import DatabaseError
from badge_forge.settings import DB

FOLDER = DB / "migrations"

LOCK = 0x6261646765  # "badge", the key of the advisory lock that serialises migrations


WAIT_FOR_MIGRATIONS = "SET lock_timeout = '60s'"
"""How long to wait for migrations of another process. One that waits for a table gives up after 10 s: it
keeps the applications waiting, too."""


def migrate(database_url: str) -> list[str]:
    """Apply the pending migrations in order, and return their names.

    Can be run repeatedly, and by several processes at once. Raises `DatabaseError`.
    """
    with _connected(database_url), _backend(database_url) as backend:
        pending = backend.to_apply(_migrations())
        names = [migration.id for migration in pending]
        backend.apply_migrations(pending)
        return names


def status(database_url: str) -> tuple[list[str], list[str]]:
    """Return the names of the applied and of the pending migrations. Raises `DatabaseError`."""
    names = [migration.id for migration in _migrations()]
    with _connected(database_url) as connection:
        # Do not ask yoyo here: it would create its tables.
        if connection.execute("SELECT to_regclass('_yoyo_migration')").fetchone() == (None,):
            return [], names
        with _backend(database_url) as backend:
            pending = {migration.id for migration in backend.to_apply(_migrations())}
    return [n for n in names if n not in pending], [n for n in names if n in pending]


def _migrations() -> MigrationList:
    found = yoyo.read_migrations(str(FOLDER))
    if not found:  # yoyo would apply nothing and report success
        raise DatabaseError(
            f"no migrations in {FOLDER}: the installation is incomplete, install Badge Forge again"
        )
    return found


@contextmanager
def _connected(database_url: str) -> Iterator[psycopg.Connection]:
    """Hold an advisory lock. yoyo's own lock is a row, which a killed process would leave behind."""
    try:
        with connected(database_url, autocommit=True, statement_timeout=False) as connection:
            connection.execute(WAIT_FOR_MIGRATIONS)
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            yield connection
    except psycopg.Error as error:
        reason = str(error).splitlines()[0]
        raise DatabaseError(f"cannot migrate the schema of {redact(database_url)}: {reason}") from error


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo's backend, which opens several connections, each in a session with our settings."""

    def __init__(self, uri: DatabaseURI, table: str) -> None:
        self.pids: list[int] = []  # the base class connects
        super().__init__(uri, table)

    def copy(self) -> "_Backend":
        copied: _Backend = super().copy()
        self.pids += copied.pids
        return copied

    def init_connection(self, connection: psycopg.Connection) -> None:
        super().init_connection(connection)
        self.pids.append(connection.info.backend_pid)
        session.prepare(connection, statement_timeout=False)


@contextmanager
def _backend(database_url: str) -> Iterator[DatabaseBackend]:
    # Not by a URL, because yoyo parses URLs differently from libpq.
    parts = parse(database_url)
    place = [parts.pop(key, None) for key in ("user", "password", "host", "port", "dbname")]
    backend = _Backend(DatabaseURI("postgresql+psycopg", *place, parts), default_migration_table)
    backend.init_database()
    try:
        with lock_watch(database_url, lambda: backend.pids):
            yield backend
    finally:
        backend.connection.close()
