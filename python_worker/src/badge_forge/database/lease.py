"""Who uses the database: the first one in brings it up, the last one out brings it down.

A worker, a demo and an iex session share one database. Each holds a shared lock on `users.lock` while
it runs; whoever can take that lock alone is the last. The kernel drops the locks of a process that was
killed, so nobody is counted who is gone.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from badge_forge.database.source import Database, candidates, running
from badge_forge.errors import DatabaseError
from badge_forge.settings import VAR, Settings

FOLDER = VAR / "database"

Say = Callable[[str], None]


@contextmanager
def leased(settings: Settings, say: Say) -> Iterator[Database]:
    """Bring the database up and keep it up for as long as the block runs.

    `say` gets a line when a second choice has to serve. Raises `DatabaseError`.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "users.lock").open("w") as users:
        with _turn():
            database = _bring_up(settings, say, stay_up=False)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield database
        finally:
            with _turn():
                fcntl.flock(users, fcntl.LOCK_UN)
                if _started_file().exists() and _nobody_else(users):
                    database.stop()
                    _started_file().unlink()


def bring_up(settings: Settings, say: Say) -> Database:
    """Bring the database up to stay, until `bring_down`. Raises `DatabaseError`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _turn():
        return _bring_up(settings, say, stay_up=True)


def bring_down(settings: Settings) -> Database | None:
    """Bring the database down, and return it; None if it was not up.

    Raises `DatabaseError` if somebody uses it.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _turn(), (FOLDER / "users.lock").open("w") as users:
        if not _nobody_else(users):
            raise DatabaseError(
                "the database is in use by a worker, a demo or an iex session: stop that first"
            )
        database = running(settings)
        if database:
            database.stop()
            _started_file().unlink(missing_ok=True)
        return database


def _bring_up(settings: Settings, say: Say, stay_up: bool) -> Database:
    database = running(settings)
    if database is None:
        database = _start_first(candidates(settings), say)
        if not stay_up:
            _started_file().write_text(database.name)
    if stay_up:
        _started_file().unlink(missing_ok=True)
    return database


def _start_first(databases: list[Database], say: Say) -> Database:
    *rest, last = databases
    for database in rest:
        try:
            database.start()
        except DatabaseError as error:
            say(f"{error}; the {last.name} database serves instead")
        else:
            return database
    last.start()
    return last


def _started_file() -> Path:
    """Return the mark that says: started for a lease, so to be stopped with the last one."""
    return FOLDER / "started"


@contextmanager
def _turn() -> Iterator[None]:
    """Bring up and bring down one at a time."""
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
