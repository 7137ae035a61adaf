"""The operator's commands: list failed jobs, retry, cancel."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge.jobs.failed import failed, retry
from badge_forge.jobs.signals import cancel
from badge_forge.jobs.wire import PRINT_CENTER, PRINTING
from helpers import badge_args, call, enqueue, eventually, make_design, running, states, unhurried_clock

BUSY = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"


def give_up(connection: psycopg.Connection, reason: str, *args: Any, **columns: Any) -> list[int]:
    ids = enqueue(connection, *args, **columns)
    connection.execute(
        "UPDATE oban_jobs SET state = 'cancelled', cancelled_at = timezone('UTC', now()), attempt = 5,"
        " errors = ARRAY[%s] WHERE id = ANY (%s)",
        [Jsonb({"attempt": 5, "at": "2026-11-24T12:00:00Z", "error": reason}), ids],
    )
    return ids


def give_up_print(connection: psycopg.Connection, badge: dict[str, Any], path: Path) -> int:
    digest = hashlib.sha256(b"%PDF-").hexdigest()
    args = {"id": badge["id"], "name": badge["name"], "file": path.name, "sha256": digest}
    columns = {"queue": PRINTING, "worker": PRINT_CENTER}
    (job_id,) = give_up(connection, "file: no such file", args, **columns)
    return job_id


def test_failed_jobs_are_listed_with_the_last_line_of_their_reason(
    database_url: str, connection: psycopg.Connection
) -> None:
    (job_id,) = give_up(connection, "Traceback …\n  line 1\nStorageError: no room", badge_args())
    enqueue(connection, badge_args())
    result = call("failed", "--list", DATABASE_URL=database_url)
    assert result.returncode == 0
    assert result.stdout == f"{job_id} badges cancelled Ada Lovelace: StorageError: no room\n"
    assert result.stderr == "1 failed job\n"


def test_the_reason_of_an_elixir_error_is_its_first_line(connection: psycopg.Connection) -> None:
    give_up(connection, "** (Oban.PerformError) out of paper\n    lib/x.ex:1: X.y/0", badge_args())
    assert failed(connection)[0].reason == "** (Oban.PerformError) out of paper"


def test_a_name_is_listed_without_its_escape_sequences(
    database_url: str, connection: psycopg.Connection
) -> None:
    give_up(connection, "x\x1b]0;y", badge_args(name="\x1b[2J\u202eada" + "a" * 1000))
    shown = call("failed", "--list", DATABASE_URL=database_url).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 500


def test_a_failed_job_is_retried_with_five_more_attempts(
    connection: psycopg.Connection, badges_dir: Path
) -> None:
    ids = give_up(connection, "no", badge_args(), badge_args())
    assert retry(connection, ids[:1], badges_dir).retried == ids[:1]
    rows = connection.execute(
        "SELECT state::text, attempt, max_attempts, cancelled_at FROM oban_jobs ORDER BY id"
    ).fetchall()
    assert rows[0] == ("available", 5, 10, None)
    assert rows[1][0] == "cancelled"


@pytest.mark.parametrize("state", ["completed", "executing", "available"])
def test_a_job_that_has_not_failed_is_not_retried(
    state: str, connection: psycopg.Connection, badges_dir: Path
) -> None:
    ids = enqueue(connection, badge_args())
    connection.execute("UPDATE oban_jobs SET state = %s::oban_job_state", [state])
    assert retry(connection, ids, badges_dir).unchanged == ids
    assert states(connection) == {state: 1}


def test_retry_all_retries_every_failed_job(
    connection: psycopg.Connection, badges_dir: Path, database_url: str
) -> None:
    give_up(connection, "no", badge_args(), badge_args())
    result = call("retry", "--all", DATABASE_URL=database_url, BADGES_DIR=str(badges_dir))
    assert (result.returncode, result.stderr) == (0, "retrying 2 jobs\n")
    assert states(connection) == {"available": 2}
    assert failed(connection) == []


def test_a_failed_print_whose_pdf_is_missing_is_replaced_by_a_new_rendering(
    connection: psycopg.Connection, badges_dir: Path
) -> None:
    args = badge_args()
    (badge_id,) = enqueue(connection, args)
    connection.execute("UPDATE oban_jobs SET state = 'completed', attempt = 1")
    print_id = give_up_print(connection, args, badges_dir / f"ada-lovelace-{args['id']}.pdf")
    assert retry(connection, None, badges_dir).rendered_again == [print_id]
    assert states(connection) == {"available": 1}
    assert states(connection, PRINTING) == {}
    assert connection.execute("SELECT id FROM oban_jobs").fetchall() == [(badge_id,)]


def test_a_failed_print_whose_pdf_exists_is_retried(
    connection: psycopg.Connection, badges_dir: Path
) -> None:
    args = badge_args()
    badges_dir.mkdir()
    path = badges_dir / f"ada-lovelace-{args['id']}.pdf"
    path.write_bytes(b"%PDF-")
    print_id = give_up_print(connection, args, path)
    assert retry(connection, None, badges_dir).retried == [print_id]


@pytest.mark.parametrize("instead", [b"%PDF-another", None], ids=["another-pdf", "a-link"])
def test_a_failed_print_whose_pdf_was_replaced_has_its_badge_rendered_again(
    instead: bytes | None, connection: psycopg.Connection, badges_dir: Path
) -> None:
    args = badge_args()
    enqueue(connection, args)
    connection.execute("UPDATE oban_jobs SET state = 'completed', attempt = 1")
    badges_dir.mkdir()
    path = badges_dir / f"ada-lovelace-{args['id']}.pdf"
    path.write_bytes(instead) if instead else path.symlink_to("/etc/passwd")
    print_id = give_up_print(connection, args, path)
    assert retry(connection, None, badges_dir).rendered_again == [print_id]


def test_a_badge_is_rendered_again_in_a_folder_behind_a_link(
    connection: psycopg.Connection, badges_dir: Path, tmp_path: Path
) -> None:
    args = badge_args()
    enqueue(connection, args)
    connection.execute("UPDATE oban_jobs SET state = 'completed', attempt = 1")
    badges_dir.mkdir()
    (tmp_path / "link").symlink_to(badges_dir)
    print_id = give_up_print(connection, args, badges_dir / f"ada-{args['id']}.pdf")
    assert retry(connection, None, tmp_path / "link").rendered_again == [print_id]


def test_retry_makes_a_retryable_job_available_at_once(
    connection: psycopg.Connection, badges_dir: Path
) -> None:
    ids = enqueue(connection, badge_args())
    connection.execute(
        "UPDATE oban_jobs SET state = 'retryable', scheduled_at = now() + interval '1 hour'"
    )
    assert retry(connection, ids, badges_dir).retried == ids
    assert states(connection) == {"available": 1}


def test_a_job_with_a_huge_attempt_number_does_not_block_other_retries(
    connection: psycopg.Connection, badges_dir: Path
) -> None:
    (job_id,) = give_up(connection, "no", badge_args())
    connection.execute("UPDATE oban_jobs SET max_attempts = 2147483647, attempt = 2147483645")
    (other,) = enqueue(connection, badge_args())
    connection.execute("UPDATE oban_jobs SET state = 'discarded' WHERE id = %s", [other])
    assert retry(connection, None, badges_dir).retried == [job_id, other]


def test_a_print_without_a_pdf_and_a_badge_job_cannot_be_retried(
    database_url: str, connection: psycopg.Connection, badges_dir: Path
) -> None:
    print_id = give_up_print(connection, badge_args(), badges_dir / "x.pdf")
    result = call("retry", str(print_id), DATABASE_URL=database_url, BADGES_DIR=str(badges_dir))
    assert result.returncode == 1
    assert (
        f"job {print_id}: not retried: completed, executing, of another application, or both"
        in result.stderr
    )


def test_a_database_without_tables_is_reported_with_the_command_to_run(empty_database_url: str) -> None:
    result = call("failed", DATABASE_URL=empty_database_url)
    assert result.returncode == 1
    assert "has no tables yet: run `bin/badge-forge db migrate`" in result.stderr


@pytest.mark.parametrize("command", ["retry", "cancel"])
def test_an_id_that_no_job_has_is_reported_as_such(
    command: str, database_url: str, connection: psycopg.Connection
) -> None:
    (done,) = enqueue(connection, badge_args(), state="completed")
    result = call(command, "999999", DATABASE_URL=database_url)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "badge-forge: job 999999: there is no such job"
    result = call(command, "999999", "999998", str(done), DATABASE_URL=database_url)
    assert f"job {done}: not " in result.stderr
    assert "; jobs 999998, 999999: there are no such jobs" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("--all", "1"), ("x",), ("0",), ("9" * 30,)])
def test_wrong_arguments_of_retry_exit_with_2(arguments: tuple[str, ...], database_url: str) -> None:
    assert call("retry", *arguments, DATABASE_URL=database_url).returncode == 2


@pytest.mark.parametrize("state", ["available", "scheduled", "retryable", "executing"])
def test_an_unfinished_job_is_cancelled_in_the_table_at_once(
    state: str, connection: psycopg.Connection
) -> None:
    (job_id,) = enqueue(connection, badge_args(), queue=PRINTING, worker=PRINT_CENTER)
    connection.execute("UPDATE oban_jobs SET state = %s::oban_job_state", [state])
    assert cancel(connection, [job_id]) == [job_id]
    assert states(connection, PRINTING) == {"cancelled": 1}
    assert failed(connection)[0].reason == "cancelled by hand"


def test_a_finished_job_is_not_cancelled(database_url: str, connection: psycopg.Connection) -> None:
    (job_id,) = enqueue(connection, badge_args())
    connection.execute("UPDATE oban_jobs SET state = 'completed'")
    result = call("cancel", str(job_id), DATABASE_URL=database_url)
    assert result.returncode == 1
    assert f"job {job_id}: not cancelled: finished, or of another application" in result.stderr
    assert states(connection) == {"completed": 1}


@pytest.fixture
def worker(database_url: str, badges_dir: Path, tmp_path: Path) -> Iterator[psutil.Process]:
    """A worker with one more design than the shipped ones, whose template never ends."""
    make_design(tmp_path, BUSY)
    log = tmp_path / "worker.log"
    environment = {
        "DATABASE_URL": database_url,
        "BADGES_DIR": str(badges_dir),
        "DESIGNS_DIR": str(tmp_path),
        "RENDERERS": "1",
    }
    with running("worker", log=log, **environment) as process:
        eventually(lambda: "Forging badges" in log.read_text())
        yield psutil.Process(process.pid)


def test_cancelling_a_badge_ends_its_renderer(
    worker: psutil.Process, database_url: str, connection: psycopg.Connection
) -> None:
    (job_id,) = enqueue(connection, badge_args(design="mine"))
    eventually(lambda: states(connection) == {"executing": 1})
    before = worker.children(recursive=True)
    with unhurried_clock() as clock:
        cancel(connection, [job_id])
        eventually(lambda: any(not process.is_running() for process in before), 5, clock)
    assert states(connection) == {"cancelled": 1}
