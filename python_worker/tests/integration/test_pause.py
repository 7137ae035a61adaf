"""A pause is remembered: what starts later is paused, too. With filters, single jobs are held."""

import json
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path
from typing import cast

import psycopg
import pytest
from oban import Oban
from psycopg.types.json import Jsonb

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import prepare_roles
from badge_forge.database.rules import register_queues
from badge_forge.jobs.queue_watch import QueueWatch
from badge_forge.press.press import Press
from badge_forge.settings import Settings
from badge_forge.worker import open_worker_context
from badge_forge.worker_context import WorkerContext
from helpers import badge_args, call, enqueue, eventually, running, states

PAUSED = "SELECT (meta -> 'paused')::boolean FROM oban_producers"
PRINT = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}


@pytest.fixture
async def context(worker_url: str, tmp_path: Path) -> AsyncIterator[WorkerContext]:
    """A worker's context without a press, since no badge is rendered."""
    settings = Settings.load(renderers=1, badges_dir=tmp_path)
    async with open_worker_context(worker_url, settings, nullcontext(cast(Press, None))) as opened:
        yield opened


@pytest.fixture
async def oban(context: WorkerContext) -> AsyncIterator[Oban]:
    async with context.oban:
        yield context.oban


def is_paused(oban: Oban) -> bool:
    producer = oban.check_queue("badges")
    assert producer
    return bool(producer.paused)


def test_a_worker_that_starts_while_its_queue_is_paused_fetches_nothing_until_resume(
    worker_url: str, connection: psycopg.Connection, badges_dir: Path, tmp_path: Path
) -> None:
    assert call("pause", "badges", DATABASE_URL=worker_url).returncode == 0
    enqueue(connection, badge_args())
    log = tmp_path / "worker.log"
    environment = {"DATABASE_URL": worker_url, "BADGES_DIR": str(badges_dir), "RENDERERS": "1"}
    with running("worker", log=log, **environment):
        # Its first report comes after its first fetch would have come.
        eventually(lambda: connection.execute(PAUSED).fetchall() == [(True,)])
        reported = "SELECT count(*) FROM oban_producers WHERE updated_at > started_at + interval '1.5 s'"
        eventually(lambda: connection.execute(reported).fetchone() == (1,))
        assert states(connection) == {"available": 1}
        assert "The queue badges is paused" in log.read_text()
        assert call("resume", "badges", DATABASE_URL=worker_url).returncode == 0
        eventually(lambda: states(connection) == {"completed": 1})


def test_a_pause_survives_a_crash_of_the_database_and_of_the_worker(
    own_server: EmbeddedDatabase, tmp_path: Path
) -> None:
    migrate(own_server.url)
    register_queues(own_server.url)
    prepare_roles(own_server.url)
    assert call("pause", "--all", DATABASE_URL=own_server.url).returncode == 0
    own_server.stop()
    own_server.start()
    with psycopg.connect(own_server.url, autocommit=True) as connection:
        connection.execute("TRUNCATE oban_producers")  # as a crash does with unlogged tables
        enqueue(connection, badge_args())
        log = tmp_path / "worker.log"
        environment = {"DATABASE_URL": own_server.url, "BADGES_DIR": str(tmp_path), "RENDERERS": "1"}
        for _start in range(2):
            with running("worker", log=log, **environment):
                eventually(lambda: (True,) in connection.execute(PAUSED).fetchall())
        assert states(connection) == {"available": 1}


async def test_a_pause_that_no_request_told_of_is_carried_out_once(
    oban: Oban, context: WorkerContext, connection: psycopg.Connection
) -> None:
    watch = QueueWatch(oban, "badges", 1, context.pool)
    await watch.look()
    connection.execute("UPDATE badge_forge_queues SET paused_at = now() WHERE queue = 'badges'")
    await watch.look()
    assert is_paused(oban)
    await oban.resume_queue("badges", node=oban._node)  # Oban Web, later
    await watch.look()
    assert not is_paused(oban)
    connection.execute("UPDATE badge_forge_queues SET paused_at = now() WHERE queue = 'badges'")
    await watch.look()
    connection.execute("UPDATE badge_forge_queues SET paused_at = NULL")
    await watch.look()
    assert not is_paused(oban)


def test_the_time_of_the_first_pause_counts_and_every_view_shows_it(
    database_url: str, worker_url: str, connection: psycopg.Connection
) -> None:
    enqueue(connection, badge_args(id="7bfb7c39-c354-4cce-ad5b-f1be2814b17e"))
    assert call("pause", "badges", DATABASE_URL=worker_url).returncode == 0
    connection.execute("UPDATE badge_forge_queues SET paused_at = '2026-01-01' WHERE queue = 'badges'")
    assert call("pause", "badges", DATABASE_URL=worker_url).returncode == 0
    assert "paused since 01 Jan" in call("status", DATABASE_URL=database_url).stdout
    told = json.loads(call("status", "--json", DATABASE_URL=database_url).stdout)
    assert told["badges"]["paused_since"] == "2026-01-01T00:00:00Z"
    assert told["printing"]["paused_since"] is None
    shown = call("watch", "--once", DATABASE_URL=database_url).stdout
    assert shown.count("paused since 01 Jan") == 2, shown  # beside its jobs, and with the applications
    why = call("why", "7bfb7c39", DATABASE_URL=database_url).stdout
    assert "the queue badges is paused since 01 Jan" in why
    assert "Fix:    bin/badge-forge resume badges" in why
    assert call("resume", "badges", DATABASE_URL=worker_url).returncode == 0
    assert "paused" not in call("status", DATABASE_URL=database_url).stdout


def test_with_a_filter_only_the_jobs_that_match_are_held_until_resume(
    worker_url: str, connection: psycopg.Connection
) -> None:
    held = badge_args(type="speaker")
    enqueue(connection, held, badge_args(type="sponsor"))
    enqueue(connection, {"id": held["id"], "name": held["name"]}, **PRINT)
    (later,) = enqueue(
        connection, badge_args(type="speaker"), state="scheduled", scheduled_at="2100-01-01"
    )
    result = call("pause", "--type", "speaker", "--dry-run", DATABASE_URL=worker_url)
    assert result.stderr == "would hold 3 jobs\n"
    result = call("pause", "--type", "speaker", DATABASE_URL=worker_url)
    expected = "3 jobs held: `bin/badge-forge resume --type speaker` releases them\n"
    assert (result.returncode, result.stderr) == (0, expected)
    assert states(connection) == {"available": 1, "suspended": 2}
    assert states(connection, "printing") == {"suspended": 1}
    assert "2 held" in call("status", DATABASE_URL=worker_url).stdout
    result = call("resume", "printing", "--type", "speaker", DATABASE_URL=worker_url)
    assert result.stderr == "1 job released\n"
    assert call("resume", "--all", DATABASE_URL=worker_url).stderr.startswith("2 jobs released\n")
    assert states(connection) == {"available": 2, "scheduled": 1}
    state = connection.execute("SELECT state::text FROM oban_jobs WHERE id = %s", [later]).fetchone()
    assert state == ("scheduled",)


@pytest.mark.parametrize("action", ["pause", "resume"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give a queue (badges, printing, printers), a filter such as --batch ID, or --all"),
        (("badges", "--all"), "give either queues and filters, or --all, not both"),
        (("--type", " "), "--type must be a text of 1 to 200 characters, got: ' '"),
        (("--since", "yesterday"), "'yesterday' is not a time: use 30m, 2h, 3d, 10:30"),
        (("badgez",), "'badges', 'printing'"),
    ],
)
def test_what_is_not_said_clearly_is_refused(
    action: str, arguments: tuple[str, ...], message: str, database_url: str
) -> None:
    result = call(action, *arguments, DATABASE_URL=database_url)
    assert result.returncode == 2
    assert message in " ".join(result.stderr.split())


def test_a_row_of_another_application_is_never_held(
    worker_url: str, connection: psycopg.Connection
) -> None:
    enqueue(connection, badge_args(), queue="mail", worker="MyApp.Mailer", meta=Jsonb({"batch_id": "b"}))
    result = call("pause", "--batch", "b", DATABASE_URL=worker_url)
    assert result.stderr.startswith("0 jobs held")
    assert states(connection, "mail") == {"available": 1}
