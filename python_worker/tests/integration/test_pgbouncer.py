"""Both applications work through Debian's PgBouncer, in session and in transaction mode."""

import asyncio
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest

from badge_forge.press.press import Press
from badge_forge.settings import Settings
from badge_forge.worker import open_worker_context
from helpers import badge_args, enqueue, eventually, run, states
from pooler import pooler

# In session mode, each connection of a client has one of the server's.
MODES = pytest.mark.parametrize(("mode", "size"), [("session", 40), ("transaction", 4)])

TRIED = "SELECT DISTINCT queue, attempt, errors FROM oban_jobs ORDER BY queue"


@MODES
async def test_prepared_statements_behind_pgbouncer_cost_no_attempt(
    mode: str,
    size: int,
    worker_url: str,
    connection: psycopg.Connection,
    badges_dir: Path,
    shared_press: Press,
) -> None:
    enqueue(connection, *[badge_args() for _ in range(60)])
    settings = Settings.load(badges_dir=badges_dir, renderers=4)
    with pooler(worker_url, mode, size) as url:
        async with (
            open_worker_context(url, settings, nullcontext(shared_press)) as context,
            context.oban,
        ):
            await asyncio.to_thread(eventually, lambda: states(connection) == {"completed": 60})
    tried = connection.execute(TRIED).fetchall()
    assert tried == [("badges", 1, []), ("printing", 0, [])]


@MODES
@pytest.mark.usefixtures("elixir")
def test_both_applications_behind_pgbouncer_lose_no_attempt(
    mode: str, size: int, database_url: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    with pooler(database_url, mode, size) as url:
        result = run("demo", "60", DATABASE_URL=url, BADGE_FORGE_VAR=str(tmp_path), RENDERERS="1")
    assert result.returncode == 0, result.stdout + result.stderr
    assert connection.execute(TRIED).fetchall() == [("badges", 1, []), ("printing", 1, [])]
