"""The applications work, and badges keep their attempts, whatever settings the database has."""

import asyncio
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from badge_forge.database.migrations import migrate
from badge_forge.database.rules import register_queues
from badge_forge.database.url import connected
from badge_forge.press.press import Press
from badge_forge.settings import Settings
from badge_forge.worker import open_worker_context
from helpers import badge_args, enqueue, eventually, run, states

SETTINGS = {
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on",
    "timezone": "Pacific/Kiritimati",
    "datestyle": "SQL, DMY",
    "intervalstyle": "iso_8601",
    "search_path": "mine",
    "standard_conforming_strings": "off",
    "statement_timeout": "20ms",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "1ms",
    "idle_session_timeout": "1s",
}

READ = "SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name"


def set_on_the_database(url: str, settings: dict[str, str]) -> None:
    with psycopg.connect(url, autocommit=True) as owner:
        for name, value in settings.items():
            owner.execute(
                sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(owner.info.dbname), sql.Identifier(name), sql.Literal(value)
                )
            )


def test_a_session_of_ours_has_none_of_the_settings_of_a_database(database_url: str) -> None:
    set_on_the_database(database_url, SETTINGS)
    with psycopg.connect(database_url, autocommit=True) as theirs, connected(database_url) as ours:
        before: dict[str, str] = dict(theirs.execute(READ, [list(SETTINGS)]).fetchall())
        after: dict[str, str] = dict(ours.execute(READ, [list(SETTINGS)]).fetchall())
    assert before.keys() == after.keys() == SETTINGS.keys()
    assert [name for name in SETTINGS if before[name] == after[name]] == []


async def test_settings_of_a_database_cost_no_badge_an_attempt(
    database_url: str, connection: psycopg.Connection, badges_dir: Path, shared_press: Press
) -> None:
    """Connect as the owner, since the roles have settings that override those of the database."""
    set_on_the_database(database_url, SETTINGS)
    enqueue(connection, *[badge_args() for _ in range(100)])
    settings = Settings.load(badges_dir=badges_dir, renderers=4)
    async with (
        open_worker_context(database_url, settings, nullcontext(shared_press)) as context,
        context.oban,
    ):
        await asyncio.to_thread(eventually, lambda: states(connection) == {"completed": 100})
        # The notifier's own connection outlives `idle_session_timeout`.
        notifier = context.oban._notifier._conn
        assert notifier is not None
        cursor = await notifier.execute("SHOW idle_session_timeout")
        assert await cursor.fetchone() == ("0",)
    tried = connection.execute("SELECT DISTINCT attempt, errors FROM oban_jobs WHERE queue = 'badges'")
    assert tried.fetchall() == [(1, [])]


def test_a_database_with_settings_is_migrated(empty_database_url: str) -> None:
    set_on_the_database(empty_database_url, SETTINGS)
    migrate(empty_database_url)
    register_queues(empty_database_url)
    with connected(empty_database_url) as ours:
        assert ours.execute("SELECT to_regclass('public.oban_jobs') IS NOT NULL").fetchone() == (True,)


@pytest.mark.usefixtures("elixir")
def test_both_applications_work_on_a_database_with_settings(
    database_url: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    set_on_the_database(database_url, SETTINGS)
    result = run(
        *("demo", "20"),
        DATABASE_URL=database_url,
        RENDERERS="1",
        BADGES_DIR=str(tmp_path / "badges"),
        SPOOL_DIR=str(tmp_path / "spool"),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    tried = connection.execute("SELECT DISTINCT attempt, errors FROM oban_jobs").fetchall()
    assert tried == [(1, [])]
