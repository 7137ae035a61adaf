"""Bad rows in the table are cancelled with a reason, and have no other effect.

300 rows for each application, or 5,000 with `CHAOS=1`.
"""

import hashlib
import os
import re
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg
import pytest

from badge_forge.demo.processes import Application, stopped_together
from badge_forge.settings import ROOT
from helpers import HANG_S, badge_args, enqueue, eventually, examples, running, states
from hostile import QUEUES, WORKERS, Row, bad_rows, drawn

pytestmark = pytest.mark.long

ROWS = 5_000 if os.environ.get("CHAOS") else 300

MOST_REFUSED = 0.2
"""The greatest share of rows that PostgreSQL may refuse: only the others test an application."""

MOST_GROWTH_BYTES = 60_000_000
"""The most that the memory of all processes of an application may grow while it cancels rows."""

LONGEST_REASON = 400

ENOUGH_S = HANG_S * ROWS / 300
"""Seconds after which a run of this many rows counts as a hang."""

ELIXIRS_WORDS = re.compile(
    r'\*\* \(Oban\.PerformError\) BadgeForge\.PrintCenter failed with \{:cancel, "(.*)"\}', re.DOTALL
)


class Memory:
    """The memory of a process and its children, now and at most, in bytes."""

    def __init__(self, process_id: int) -> None:
        root = psutil.Process(process_id)
        self._processes = [root, *root.children(recursive=True)]
        self._first = self._most = self._now()
        self._since = time.monotonic()

    def look(self) -> bool:
        """Measure the memory now. Always returns True, so that a condition can call it."""
        self._most = max(self._most, self._now())
        return True

    def growth(self) -> int:
        """Return the growth in bytes, and print it for `pytest -s`."""
        growth, seconds = self._most - self._first, time.monotonic() - self._since
        print(f"{ROWS} rows in {seconds:.0f} s, {growth / 1e6:.0f} MB more than {self._first / 1e6:.0f}")
        return growth

    def gone(self) -> list[psutil.Process]:
        """Return the initial processes that have ended."""
        return [process for process in self._processes if not process.is_running()]

    def _now(self) -> int:
        return sum(process.memory_info().rss for process in self._processes)


def insert(rows: list[Row], connection: psycopg.Connection, memory: Memory) -> dict[int, Row]:
    """Insert `rows`; return those that PostgreSQL accepted, by id."""
    taken = {}
    for row in rows:
        if (job_id := row.insert(connection)) is not None:
            taken[job_id] = row
        memory.look()
    assert len(taken) > len(rows) * (1 - MOST_REFUSED)
    return taken


def problems(taken: dict[int, Row], connection: psycopg.Connection) -> list[str]:
    """Return the rows that were not cancelled with a correct reason."""
    found = []
    query = "SELECT id, state::text, errors, cancelled_at FROM oban_jobs WHERE id = ANY(%s)"
    for job_id, state, errors, cancelled_at in connection.execute(query, [list(taken)]):
        row = taken[job_id]
        if state != "cancelled" or cancelled_at is None or len(errors) != 1:
            found.append(f"{state} with {errors}: {row}")
            continue
        reason = _reason(errors[0])
        if not (row.named_by(reason) and _can_be_read(reason)):
            found.append(f"{reason!r}: {row}")
    return found


def _reason(error: dict[str, Any]) -> str:
    assert set(error) == {"attempt", "at", "error"}
    text = str(error["error"])
    elixirs = ELIXIRS_WORDS.fullmatch(text)
    return elixirs[1].replace('\\"', '"') if elixirs else text


def _can_be_read(reason: str) -> bool:
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return len(reason) <= LONGEST_REASON and not hidden & set(map(unicodedata.category, reason))


def all_ended(taken: dict[int, Row], connection: psycopg.Connection) -> bool:
    query = "SELECT count(*) FROM oban_jobs WHERE id = ANY(%s) AND state IN ('cancelled', 'discarded')"
    return connection.execute(query, [list(taken)]).fetchone() == (len(taken),)


def test_bad_badge_jobs_are_cancelled_with_the_field_and_the_worker_keeps_running(
    database_url: str, connection: psycopg.Connection, badges_dir: Path, tmp_path: Path
) -> None:
    rows = drawn(bad_rows("generate_badge"), ROWS)
    environment = {"DATABASE_URL": database_url, "BADGES_DIR": str(badges_dir), "RENDERERS": "2"}
    with running("worker", log=tmp_path / "worker.log", **environment) as worker:
        enqueue(connection, *(badge_args() for _ in range(10)))
        eventually(lambda: states(connection) == {"completed": 10})
        memory = Memory(worker.pid)
        taken = insert(rows[: ROWS // 2], connection, memory)
        enqueue(connection, badge_args(), priority=9)
        taken |= insert(rows[ROWS // 2 :], connection, memory)
        eventually(lambda: memory.look() and all_ended(taken, connection), ENOUGH_S)
        eventually(lambda: states(connection)["completed"] == 11)
        assert problems(taken, connection) == []
        assert memory.gone() == []
        assert memory.growth() < MOST_GROWTH_BYTES


@pytest.fixture
def app(elixir: None, database_url: str, tmp_path: Path) -> Iterator[Application]:
    """The Elixir app, started with the documented command."""
    environment = os.environ | {"DATABASE_URL": database_url, "BADGE_FORGE_VAR": str(tmp_path)}
    command, log = ("mix", "run", "--no-halt"), tmp_path / "elixir.log"
    app = Application("the app", command, ROOT / "elixir_app", log, environment)
    with stopped_together([app], grace_s=HANG_S):
        yield app


def test_bad_confirmations_are_cancelled_with_the_field_and_the_app_keeps_running(
    app: Application, connection: psycopg.Connection, tmp_path: Path
) -> None:
    rows = drawn(bad_rows("print_center"), ROWS)
    print_one(connection, tmp_path)
    eventually(lambda: states(connection, "printing") == {"completed": 1})
    memory = Memory(app.process_id)
    taken = insert(rows[: ROWS // 2], connection, memory)
    print_one(connection, tmp_path)
    taken |= insert(rows[ROWS // 2 :], connection, memory)
    eventually(lambda: memory.look() and all_ended(taken, connection), ENOUGH_S)
    eventually(lambda: states(connection, "printing")["completed"] == 2)
    assert problems(taken, connection) == []
    assert memory.gone() == []
    assert memory.growth() < MOST_GROWTH_BYTES
    assert len(list((tmp_path / "spool").glob("*.pdf"))) == 2


def print_one(connection: psycopg.Connection, var: Path) -> None:
    """Enqueue a valid confirmation of an existing file."""
    example = next(iter(examples("print_center", "valid").values()))
    args = example | {"id": str(uuid4())}
    path = var / "badges" / f"ada-lovelace-{args['id']}.pdf"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"%PDF-1.7\n")
    args["file"] = path.name
    if "sha256" in args:
        args["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    enqueue(connection, args, queue=QUEUES["print_center"], worker=WORKERS["print_center"], priority=9)
