"""Who uses the database: the first one in brings it up, the last one out brings it down.

A worker, a demo and an iex session share one database. Each holds a shared lock on `NAME.users` while it
runs; whoever can take that lock alone is the last. The kernel drops the locks of a process that was
killed, so nobody is counted who is gone. A database that was given by its URL is nobody's to stop, and
needs no lease.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from badge_forge.database.source import Database, GivenDatabase, candidates, running
from badge_forge.errors import DatabaseError
from badge_forge.settings import VAR, Settings

FOLDER = VAR / "database"

Say = Callable[[str], None]


@contextmanager
def leased(settings: Settings, say: Say) -> Iterator[Database]:
    """Bring the database up and keep it up for as long as the block runs.

    `say` gets a line when a second choice has to serve. Raises `DatabaseError`.
    """
    with _turn():
        database = _bring_up(settings, say)
        users = _users(database)
        fcntl.flock(users, fcntl.LOCK_SH)
    try:
        yield database
    finally:
        with _turn(), users:
            fcntl.flock(users, fcntl.LOCK_UN)
            if _started(database).exists() and _nobody_else(users):
                database.stop()
                _started(database).unlink()


def bring_up(settings: Settings, say: Say) -> Database:
    """Bring the database up to stay, until `bring_down`. Raises `DatabaseError`."""
    with _turn():
        database = _bring_up(settings, say)
        _started(database).unlink(missing_ok=True)
        return database


def bring_down(settings: Settings) -> Database | None:
    """Bring the database down, and return it; None if it was not up.

    Raises `DatabaseError` if somebody uses it.
    """
    with _turn():
        database = running(settings)
        if database is None:
            return None
        with _users(database) as users:
            if not _nobody_else(users):
                raise DatabaseError(
                    "the database is in use by a worker, a demo or an iex session: stop that first"
                )
        database.stop()
        _started(database).unlink(missing_ok=True)
        return database


def _bring_up(settings: Settings, say: Say) -> Database:
    database = running(settings)
    if database:
        database.start()  # it may be coming up only
        return database
    *rest, last = candidates(settings)
    for database in rest:
        try:
            return _start(database)
        except DatabaseError as error:
            say(f"{error}; the {last.name} database serves instead")
    return _start(last)


def _start(database: Database) -> Database:
    database.start()
    if not isinstance(database, GivenDatabase):
        _started(database).touch()
    return database


def _started(database: Database) -> Path:
    """Return the mark that says: started for a lease, so to be stopped with the last one."""
    return FOLDER / f"{database.name}.started"


def _users(database: Database) -> IO[str]:
    return (FOLDER / f"{database.name}.users").open("w")


@contextmanager
def _turn() -> Iterator[None]:
    """Bring up and bring down one at a time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "turn.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _nobody_else(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(users, fcntl.LOCK_UN)
    return True
