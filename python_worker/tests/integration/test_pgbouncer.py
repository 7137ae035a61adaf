"""The worker works through Debian's PgBouncer, in session and in transaction mode."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest

from badge_forge.database.url import build, parse
from badge_forge.press.press import Press
from badge_forge.settings import Settings
from badge_forge.worker import open_worker_context
from helpers import badge_args, enqueue, eventually, states

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
default_pool_size = 4
"""


@pytest.fixture
def pooled() -> Iterator[Callable[[str, str], str]]:
    """A function that starts PgBouncer in a mode before a URL, and returns the URL through it."""
    program = shutil.which("pgbouncer") or pytest.skip("PgBouncer is not installed")
    folder = Path(tempfile.mkdtemp(prefix="badge-forge-"))  # a short path, for the socket
    folder.chmod(0o777)
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str, mode: str) -> str:
        parts = parse(url)
        (folder / "users").write_text('"{user}" "{password}"\n'.format(**parts))
        (folder / "ini").write_text(CONFIGURATION.format(port=parts["port"], folder=folder, mode=mode))
        for name in ("users", "ini"):
            (folder / name).chmod(0o644)  # it runs as another user
        started.append(
            subprocess.Popen(
                [program, "-q", "ini"], cwd=folder, user="nobody", stderr=subprocess.DEVNULL
            )
        )
        eventually(lambda: (folder / ".s.PGSQL.6432").exists())
        return build("postgresql", parts | {"host": str(folder), "port": "6432"})

    yield start
    for process in started:
        process.terminate()
        process.wait()
    shutil.rmtree(folder)


@pytest.mark.parametrize("mode", ["session", "transaction"])
async def test_prepared_statements_behind_pgbouncer_cost_no_attempt(
    mode: str,
    pooled: Callable[[str, str], str],
    worker_url: str,
    connection: psycopg.Connection,
    badges_dir: Path,
    shared_press: Press,
) -> None:
    url = pooled(worker_url, mode)
    enqueue(connection, *[badge_args() for _ in range(60)])
    settings = Settings.load(badges_dir=badges_dir, renderers=4)
    async with (
        open_worker_context(url, settings, nullcontext(shared_press)) as context,
        context.oban,
    ):
        await asyncio.to_thread(eventually, lambda: states(connection) == {"completed": 60})
    tried = connection.execute("SELECT DISTINCT attempt, errors FROM oban_jobs WHERE queue = 'badges'")
    assert tried.fetchall() == [(1, [])]
