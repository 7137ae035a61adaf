"""Both applications work through Debian's PgBouncer, in session and in transaction mode."""

import asyncio
import os
import subprocess
from contextlib import nullcontext
from pathlib import Path
from typing import cast

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from badge_forge import session
from badge_forge.jobs import hearing
from badge_forge.jobs.notifier import ResilientNotifier, create_oban
from badge_forge.jobs.queue_watch import QueueWatch
from badge_forge.press.press import Press
from badge_forge.settings import ROOT, Settings
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


LOST = "Notifications do not arrive"


@pytest.mark.parametrize("around", [False, True], ids=["through-it", "around-it"])
async def test_a_worker_behind_pgbouncer_says_if_notifications_do_not_arrive(
    around: bool, worker_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if not around:
        monkeypatch.setattr(hearing, "INTERVAL_S", 0.1)
    with pooler(worker_url, "transaction") as url:
        async with (
            AsyncConnectionPool(
                url, open=False, kwargs={"autocommit": True}, configure=session.prepare_async
            ) as pool,
            create_oban({"badges": 1}, listen_url=worker_url if around else None, pool=pool) as oban,
        ):
            notifier = cast(ResilientNotifier, oban._notifier)
            await asyncio.to_thread(eventually, lambda: not notifier._pending_listen)
            watch = asyncio.create_task(QueueWatch(oban, "badges", 1, pool).run())
            await asyncio.to_thread(
                eventually, lambda: notifier.hearing.heard if around else LOST in caplog.text
            )
            watch.cancel()
    assert caplog.text.count(LOST) == (0 if around else 1)


QUERIES_AT_ONCE = """
query =
  if Code.ensure_loaded?(Ecto.Query) do
    code = "require Ecto.Query; Ecto.Query.from(j in Oban.Job, where: j.attempt > 0, limit: 1)"
    code |> Code.eval_string() |> elem(0) |> then(&fn -> BadgeForge.Repo.all(&1) end)
  else
    fn -> Oban.insert!(Oban.Job.new(%{}, worker: "Any", queue: "other")) end
  end

1..1000
|> Task.async_stream(fn _number -> query.() end, max_concurrency: 20, timeout: :infinity)
|> Stream.run()
"""


@pytest.mark.usefixtures("elixir")
def test_the_elixir_app_behind_pgbouncer_prepares_no_statement_under_a_name(
    print_center_url: str,
) -> None:
    with pooler(print_center_url, "transaction") as url:
        result = subprocess.run(
            ["mix", "run", "-e", QUERIES_AT_ONCE],
            cwd=ROOT / "elixir_app",
            env=os.environ | {"DATABASE_URL": url},
            check=False,
            capture_output=True,
            text=True,
        )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
