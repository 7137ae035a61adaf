"""Debian's PgBouncer before a database, for tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from badge_forge.database.url import build, parse
from helpers import eventually

CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={port}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6432
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {size}
"""


@contextmanager
def pooler(url: str, mode: str, size: int = 4) -> Iterator[str]:
    """Run PgBouncer before `url`, with `size` connections to it, and yield the URL through it."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed: run `make setup-dev`")
    parts = parse(url)
    folder = Path(tempfile.mkdtemp(prefix="badge-forge-"))  # a short path, for the socket
    folder.chmod(0o777)
    configuration = CONFIGURATION.format(port=parts["port"], folder=folder, mode=mode, size=size)
    (folder / "users").write_text('"{user}" "{password}"\n'.format(**parts))
    (folder / "ini").write_text(configuration)
    for name in ("users", "ini"):
        (folder / name).chmod(0o644)  # it runs as another user
    process = subprocess.Popen(
        [program, "-q", "ini"], cwd=folder, user="nobody", stderr=subprocess.DEVNULL
    )
    try:
        eventually(lambda: (folder / ".s.PGSQL.6432").exists())
        yield build("postgresql", parts | {"host": str(folder), "port": "6432"})
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)
