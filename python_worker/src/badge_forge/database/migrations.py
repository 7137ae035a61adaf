"""Apply `db/migrations/` to a database, with yoyo."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import yoyo
from yoyo.backends import DatabaseBackend
from yoyo.migrations import MigrationList

from badge_forge.database.url import build, connected, parse, redact
from badge_forge.errors import DatabaseError
from badge_forge.settings import DB

FOLDER = DB / "migrations"

LOCK = 0x6261646765  # "badge": an advisory lock, so that two who migrate at once take turns


def migrate(database_url: str) -> list[str]:
    """Apply what has not been applied yet, in order, and return the names of those migrations.

    Safe to run again, and at the same time as somebody else. Raises `DatabaseError`.
    """
    with _connected(database_url), _backend(database_url) as backend:
        pending = backend.to_apply(_migrations())
        names = [migration.id for migration in pending]
        backend.apply_migrations(pending)
        return names


def status(database_url: str) -> tuple[list[str], list[str]]:
    """Return the names of the migrations applied, and of those pending. Raises `DatabaseError`."""
    names = [migration.id for migration in _migrations()]
    with _connected(database_url) as connection:
        # yoyo would make its tables to look into them; who only looks changes nothing.
        if connection.execute("SELECT to_regclass('_yoyo_migration')").fetchone() == (None,):
            return [], names
        with _backend(database_url) as backend:
            pending = {migration.id for migration in backend.to_apply(_migrations())}
    return [n for n in names if n not in pending], [n for n in names if n in pending]


def _migrations() -> MigrationList:
    found = yoyo.read_migrations(str(FOLDER))
    if not found:  # yoyo would apply nothing, and call that a success
        raise DatabaseError(f"no migrations in {FOLDER}: install Badge Forge again, it is incomplete")
    return found


@contextmanager
def _connected(database_url: str) -> Iterator[psycopg.Connection]:
    """Hold the lock on a connection of our own: yoyo's lock outlives a process that is killed."""
    try:
        with connected(database_url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            yield connection
    except psycopg.Error as error:
        raise DatabaseError(
            f"the schema of {redact(database_url)} can't be migrated: {error}"
        ) from error


@contextmanager
def _backend(database_url: str) -> Iterator[DatabaseBackend]:
    # Written anew: yoyo takes a URL apart by other rules than libpq.
    parts = {"port": "5432"} | parse(database_url)
    backend = yoyo.get_backend(build("postgresql+psycopg", parts))
    try:
        yield backend
    finally:
        backend.connection.close()
