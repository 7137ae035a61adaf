"""A new database server for one test run."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.settings import VAR


@contextmanager
def throwaway_database(*, durable: bool = False) -> Iterator[EmbeddedDatabase]:
    """Start a server under `var/`, and delete it with its data when the block ends.

    It trades safety in a crash for speed, unless it is to be `durable`.
    """
    VAR.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=VAR, prefix="throwaway-"))
    folder.chmod(0o755)  # the server's own user, if it has one, passes through
    database = EmbeddedDatabase(folder, VAR / "log" / f"{folder.name}.log", throwaway=not durable)
    try:
        database.start()
        yield database
    finally:
        database.destroy()
        database.log.unlink(missing_ok=True)
