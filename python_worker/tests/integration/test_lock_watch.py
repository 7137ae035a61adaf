"""A command that waits for a lock says what it waits for and who holds it, and gives up."""

import re
import time

import psycopg
import pytest

from badge_forge.database import migrations
from helpers import run

LINE = (
    r"waiting for {awaited}, locked by \S+ \(holder\), process {pid} of the server: "
    r"end its transaction, for example with SELECT pg_terminate_backend\({pid}\)"
)


@pytest.mark.parametrize(
    ("lock", "awaited", "command"),
    [
        (f"SELECT pg_advisory_xact_lock({migrations.LOCK})", "the advisory lock", ["db", "migrate"]),
        ("LOCK TABLE badge_forge_queues", "badge_forge_queues", ["db", "migrate"]),
        ("LOCK TABLE oban_jobs", "oban_jobs", ["db", "roles"]),
        ("LOCK TABLE oban_jobs", "oban_jobs", ["retry", "--all"]),
        ("LOCK TABLE badge_forge_queues", "badge_forge_queues", ["worker"]),
        ("LOCK TABLE badge_forge_queues", "badge_forge_queues", ["demo", "1"]),
    ],
)
def test_a_command_that_waits_for_a_lock_says_who_holds_it_and_gives_up(
    lock: str, awaited: str, command: list[str], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(database_url, application_name="holder") as holder:
        holder.execute(lock.encode())
        began = time.monotonic()
        result = run(*command, DATABASE_URL=database_url, RENDERERS="1")
        assert time.monotonic() - began < 300
        assert result.returncode != 0
        expected = LINE.format(awaited=awaited, pid=holder.info.backend_pid)
        assert len(re.findall(expected, result.stderr)) == 1, result.stderr
        assert "lock timeout" in result.stderr.splitlines()[-1]
