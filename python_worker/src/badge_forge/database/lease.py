"""Share the database between processes: the first user starts it, the last one stops it.

A worker, a demo and an iex session share one database. Each holds a shared lock on `NAME.users` while it
runs. A process that can take an exclusive lock is the last user. The kernel releases the locks of a
process that was killed, and `guard` then stops the database. The database of `DATABASE_URL` is never
started or stopped.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from badge_forge.database.guard import guarded
from badge_forge.database.source import Database, GivenDatabase, candidates, running
from badge_forge.errors import DatabaseError
from badge_forge.settings import VAR, Settings

FOLDER = VAR / "database"

Say = Callable[[str], None]


@contextmanager
def leased(settings: Settings, say: Say) -> Iterator[Database]:
    """Keep the database running while the block runs.

    `say` gets a line if the first choice fails to start and another database is used. Raises
    `DatabaseError`. With the database of `DATABASE_URL`, no file is written.
    """
    if given := _given(settings):
        yield given
        return
    with _exclusive():
        database = _bring_up(settings, say)
        users = _users(database)
        fcntl.flock(users, fcntl.LOCK_SH)
    try:
        with guarded("lease"):
            yield database
    finally:
        with _exclusive(), users:
            fcntl.flock(users, fcntl.LOCK_UN)
            _stop_if_unused(database, users)


def stop_if_unused(settings: Settings) -> None:
    """Stop the database if a process that was killed was its last user. Raises `DatabaseError`."""
    with _exclusive():
        database = running(settings)
        if database is not None and _given(settings) is None:
            with _users(database) as users:
                _stop_if_unused(database, users)


def bring_up(settings: Settings, say: Say) -> Database:
    """Start the database, which runs until `bring_down` stops it. Raises `DatabaseError`."""
    if given := _given(settings):
        return given
    with _exclusive():
        database = _bring_up(settings, say)
        _started(database).unlink(missing_ok=True)
        return database


def bring_down(settings: Settings) -> Database | None:
    """Stop the database and return it, or None if it was not running.

    Raises `DatabaseError` if it is in use.
    """
    with _exclusive():
        database = running(settings)
        if database is None:
            return None
        with _users(database) as users:
            if not _unused(database, users):
                raise DatabaseError(
                    "the database is in use by a worker, a demo, an iex session or containers: "
                    "stop them first"
                )
        database.stop()
        _started(database).unlink(missing_ok=True)
        return database


def _given(settings: Settings) -> GivenDatabase | None:
    first = candidates(settings)[0]
    return first if isinstance(first, GivenDatabase) else None


def _bring_up(settings: Settings, say: Say) -> Database:
    database = running(settings)
    if database:
        database.start()  # it may still be starting
        return database
    *rest, last = candidates(settings)
    for database in rest:
        try:
            return _start(database)
        except DatabaseError as error:
            say(f"{error}; using the {last.name} database instead")
    return _start(last)


def _start(database: Database) -> Database:
    database.start()
    _started(database).touch()
    return database


def _started(database: Database) -> Path:
    """Return the file that marks a database that was started for a lease and stops with the last one."""
    return FOLDER / f"{database.name}.started"


def _users(database: Database) -> IO[str]:
    return (FOLDER / f"{database.name}.users").open("w")


@contextmanager
def _exclusive() -> Iterator[None]:
    """Serialise starting and stopping between processes."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "turn.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _stop_if_unused(database: Database, users: IO[str]) -> None:
    if _started(database).exists() and _unused(database, users):
        database.stop()
        _started(database).unlink()


def _unused(database: Database, users: IO[str]) -> bool:
    if database.in_containers():
        return False
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(users, fcntl.LOCK_UN)
    return True
