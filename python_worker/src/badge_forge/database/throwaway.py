"""A new database server for one test run."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.guard import guarded
from badge_forge.settings import VAR


@contextmanager
def throwaway_database(*, durable: bool = False) -> Iterator[EmbeddedDatabase]:
    """Start a server under `var/`, and delete it with its data when the block ends.

    The same happens if this process is killed.

    It is fast, and loses data in a crash unless `durable` is set.
    """
    VAR.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=VAR, prefix="throwaway-"))
    folder.chmod(0o755)  # the server may run as another user
    database = EmbeddedDatabase(folder, VAR / "log" / f"{folder.name}.log", throwaway=not durable)
    try:
        with guarded("throwaway", str(folder), str(database.log)):
            database.start()
            yield database
    finally:
        database.destroy()
        database.log.unlink(missing_ok=True)
