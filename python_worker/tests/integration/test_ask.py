"""Asking for one badge with a real worker, and with a table in every state that it can be in."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge.attendee import Attendee
from badge_forge.errors import AskTimeoutError, NotRenderedError
from badge_forge.jobs.ask import ask
from helpers import HANG_S, enqueue, eventually, running, text_of


@pytest.fixture
def asking(database_url: str, attendee: Attendee, badges_dir: Path) -> Iterator[Any]:
    """Return a function that asks in a thread, on a separate connection, with a timeout in seconds."""
    with ThreadPoolExecutor() as pool:

        def start(timeout_s: float = HANG_S) -> "Future[Path]":
            def run() -> Path:
                with psycopg.connect(database_url, autocommit=True) as connection:
                    return ask(connection, attendee, badges_dir, timeout_s)

            return pool.submit(run)

        yield start


def asked(connection: psycopg.Connection) -> int:
    """Wait for the job that is asked for, and return its id."""
    query = "SELECT id FROM oban_jobs WHERE queue = 'badges' AND state = 'available'"
    ((job_id,),) = eventually(lambda: connection.execute(query).fetchall())
    return int(job_id)


def confirm(
    connection: psycopg.Connection, attendee: Attendee, job_id: int | None, **changes: str
) -> None:
    """Do what a worker does: complete the job, if one is given, and confirm the badge."""
    args = {
        "id": attendee.id,
        "name": attendee.name,
        "file": f"a-{attendee.id}.pdf",
        "sha256": hashlib.sha256(b"%PDF").hexdigest(),
    }
    with connection.transaction():
        if job_id:
            connection.execute("UPDATE oban_jobs SET state = 'completed' WHERE id = %s", [job_id])
        enqueue(connection, args | changes, queue="printing", worker="BadgeForge.PrintCenter")


def test_a_worker_answers_with_the_pdf(
    worker_url: str, attendee: Attendee, badges_dir: Path, tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": worker_url, "BADGES_DIR": str(badges_dir), "RENDERERS": "1"}
    with (
        psycopg.connect(worker_url, autocommit=True) as connection,
        running("worker", log=tmp_path / "log", **environment),
    ):
        path = ask(connection, attendee, badges_dir, HANG_S)
        assert path == badges_dir / f"alasdair-fraser-{attendee.id}.pdf"
        assert attendee.name in text_of(path)
        row = connection.execute("SELECT args, meta, priority, max_attempts FROM oban_jobs").fetchone()
    args = {key: getattr(attendee, key) for key in ("id", "name", "company", "type")}
    assert row == (args, {}, 0, 5)


def test_the_confirmation_of_an_earlier_job_is_no_answer(
    asking: Any, connection: psycopg.Connection, attendee: Attendee, badges_dir: Path
) -> None:
    badges_dir.mkdir()
    (badges_dir / f"a-{attendee.id}.pdf").write_bytes(b"%PDF")
    first = asking()
    confirm(connection, attendee, asked(connection))
    assert first.result(HANG_S).name == f"a-{attendee.id}.pdf"
    second = asking()
    job_id = asked(connection)
    confirm(connection, attendee, None)  # an earlier job can be confirmed after this one was enqueued
    with pytest.raises(TimeoutError):
        second.result(0.2)
    confirm(connection, attendee, job_id)
    assert second.result(HANG_S).name == f"a-{attendee.id}.pdf"
    third = asking()
    connection.execute("DELETE FROM oban_jobs WHERE id = %s", [asked(connection)])
    with pytest.raises(NotRenderedError, match="is deleted"):
        third.result(HANG_S)


@pytest.mark.parametrize("state", ["cancelled", "discarded"])
def test_a_job_that_failed_is_an_error_with_the_reason(
    asking: Any, connection: psycopg.Connection, state: str
) -> None:
    answer = asking()
    error = {"attempt": 1, "at": "2026-11-29T12:00:00Z", "error": "Traceback …\nDesignError: no a7"}
    connection.execute(
        "UPDATE oban_jobs SET state = %s, errors = errors || %s::jsonb WHERE id = %s",
        [state, Jsonb(error), asked(connection)],
    )
    with pytest.raises(NotRenderedError, match=r"\ADesignError: no a7\Z"):
        answer.result(HANG_S)


def test_a_job_that_was_deleted_is_an_error(asking: Any, connection: psycopg.Connection) -> None:
    answer = asking()
    job_id = asked(connection)
    connection.execute("DELETE FROM oban_jobs")
    with pytest.raises(NotRenderedError, match=f"job {job_id} is deleted"):
        answer.result(HANG_S)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"file": "../a.pdf"}, "can't read the PDF 'a.pdf' in .*: No such file"),
        ({"sha256": "0" * 64}, "is not the one that was confirmed"),
    ],
)
def test_a_pdf_that_is_missing_or_another_is_an_error(
    asking: Any,
    connection: psycopg.Connection,
    attendee: Attendee,
    badges_dir: Path,
    changes: dict[str, str],
    why: str,
) -> None:
    badges_dir.mkdir()
    (badges_dir / f"a-{attendee.id}.pdf").write_bytes(b"%PDF")
    (badges_dir.parent / "a.pdf").write_bytes(b"%PDF")
    answer = asking()
    confirm(connection, attendee, asked(connection), **changes)
    with pytest.raises(NotRenderedError, match=why):
        answer.result(HANG_S)


def test_without_a_worker_it_is_a_timeout_and_the_badge_stays_enqueued(
    asking: Any, connection: psycopg.Connection
) -> None:
    with pytest.raises(AskTimeoutError, match=r"job \d+ is still available after 0\.1 s"):
        asking(0.1).result(HANG_S)
    assert asked(connection)
