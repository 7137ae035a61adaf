"""A queue of QUEUES_FILE is treated like Badge Forge's own. Rows of other queues stay untouched.

The example in `examples/own_queue` is registered as a user registers it. The other direction, and both
applications together: `tests/acceptance/test_own_queue.py`.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from badge_forge import registry
from badge_forge.database.roles import Role, role_url
from badge_forge.database.rules import register_queues
from badge_forge.jobs.failed import failed, retry
from badge_forge.jobs.lifeline import Lifeline
from badge_forge.jobs.signals import cancel
from badge_forge.press.press import Press
from badge_forge.settings import ROOT, Settings
from badge_forge.worker import open_worker_context
from helpers import call, enqueue, eventually, examples, run, running, states

EXAMPLE = ROOT / "examples" / "own_queue"

SIGNS: dict[str, Any] = {"queue": "signs", "worker": "room_signs.MakeSign"}
NOTICES: dict[str, Any] = {"queue": "notices", "worker": "RoomSigns.Notice"}
OTHERS: dict[str, Any] = {"queue": "mail", "worker": "MyApp.Mailer"}

ARGS = examples("example_sign", "valid")["room-and-text"]

ALL_STATES = (
    "available scheduled suspended executing retryable completed cancelled discarded".split()  # noqa: SIM905
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The settings of a user who has copied the example."""
    variables = {
        "QUEUES_FILE": str(EXAMPLE / "queues.toml"),
        "PYTHONPATH": str(EXAMPLE),
        "SIGNS_DIR": str(tmp_path),
        "BADGES_DIR": str(tmp_path / "badges"),
        "RENDERERS": "1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(EXAMPLE)
    return variables


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    register_queues(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def lifeline(database_url: str) -> AsyncIterator[Lifeline]:
    """A lifeline that rescues a job which two looks found unchanged, with the queues of a worker."""
    async with AsyncConnectionPool[AsyncConnection](
        database_url, min_size=1, open=False, kwargs={"autocommit": True}
    ) as pool:
        yield Lifeline(pool, registry.names(), rescue_after_s=1e-9)


def rows(connection: psycopg.Connection, queue: str) -> list[Any]:
    """Return all columns of the jobs of `queue`, and where each row is: a rewritten row has moved."""
    statement = "SELECT ctid, * FROM oban_jobs WHERE queue = %s ORDER BY id"
    return connection.execute(statement, [queue]).fetchall()


def last_error(connection: psycopg.Connection, job_id: int) -> str:
    statement = "SELECT errors[array_upper(errors, 1)] ->> 'error' FROM oban_jobs WHERE id = %s"
    row = connection.execute(statement, [job_id]).fetchone()
    assert row
    return str(row[0])


def test_migrate_registers_the_queues_of_the_file_once(database_url: str) -> None:
    said = [call("db", "migrate", DATABASE_URL=database_url).stderr.splitlines() for _ in range(2)]
    assert said == [["registered: the queue notices", "registered: the queue signs"], []]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (SIGNS | {"worker": "os.system"}, "worker: should be room_signs.MakeSign in the queue signs"),
        (SIGNS | {"queue": "default"}, "queue: should be signs for room_signs.MakeSign"),
        (NOTICES | {"worker": "System"}, "worker: should be RoomSigns.Notice in the queue notices"),
        (SIGNS | {"attempt": 5}, "attempt: should be less than max_attempts, got 5 of 5"),
        (SIGNS | {"args": {"text": "x" * 70_000}}, "text: is too large"),
        (NOTICES | {"args": {"text": 10**400}}, "text: nests too deep, or has a number out of range"),
    ],
)
def test_the_trigger_cancels_what_can_never_run_in_a_registered_queue(
    row: dict[str, Any], reason: str, connection: psycopg.Connection
) -> None:
    columns = {name: value for name, value in row.items() if name != "args"}
    (job_id,) = enqueue(connection, row.get("args", ARGS), **columns)
    assert states(connection, row["queue"]) == {"cancelled": 1}
    assert last_error(connection, job_id).startswith(reason)


def test_jobs_that_wait_are_checked_when_their_queue_is_registered(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        enqueue(connection, ARGS, **SIGNS | {"worker": "os.system"})
        enqueue(connection, ARGS, **SIGNS)
        assert states(connection, "signs") == {"available": 2}
        register_queues(database_url)
        assert states(connection, "signs") == {"available": 1, "cancelled": 1}


def test_a_job_of_a_registered_queue_that_was_fetched_is_not_staged_again(
    connection: psycopg.Connection,
) -> None:
    for row in (SIGNS, OTHERS):
        enqueue(connection, ARGS, **row, state="executing", attempt=1)
    connection.execute("UPDATE oban_jobs SET state = 'available'")
    assert states(connection, "signs") == {"executing": 1}
    assert states(connection, "mail") == {"available": 1}


@pytest.mark.parametrize(
    ("role", "row", "fetched"),
    [
        (Role.WORKER, SIGNS, 1),
        (Role.WORKER, NOTICES, 0),
        (Role.PRINT_CENTER, NOTICES, 1),
        (Role.PRINT_CENTER, SIGNS, 0),
        (Role.PRINT_CENTER, OTHERS, 1),
    ],
)
def test_a_role_fetches_no_job_of_a_queue_that_the_other_side_runs(
    role: Role, row: dict[str, Any], fetched: int, connection: psycopg.Connection, database_url: str
) -> None:
    enqueue(connection, ARGS, **row)
    with psycopg.connect(role_url(database_url, role), autocommit=True) as application:
        fetch = "UPDATE oban_jobs SET state = 'executing', attempt = attempt + 1 WHERE queue = %s"
        assert application.execute(fetch, [row["queue"]]).rowcount == fetched


@pytest.mark.parametrize(("row", "said"), [(SIGNS, ["cancelled by hand"]), (OTHERS, [])])
def test_a_job_cancelled_by_hand_says_so_and_keeps_no_heartbeat(
    row: dict[str, Any], said: list[str], connection: psycopg.Connection
) -> None:
    (job_id,) = enqueue(connection, ARGS, state="executing", meta=Jsonb({"heartbeat": 1}), **row)
    connection.execute("UPDATE oban_jobs SET state = 'cancelled' WHERE id = %s", [job_id])
    found = connection.execute(
        "SELECT array(SELECT error ->> 'error' FROM unnest(errors) AS error), meta ? 'heartbeat'"
        " FROM oban_jobs WHERE id = %s",
        [job_id],
    ).fetchone()
    assert found == (said, not said)


async def test_jobs_of_both_sides_are_rescued_after_their_worker_was_killed(
    lifeline: Lifeline,
    connection: psycopg.Connection,
    environment: dict[str, str],
    worker_url: str,
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / "hall-1.txt")  # opening it waits for a reader, so the work does not end
    (job_id,) = enqueue(connection, ARGS, **SIGNS)
    # The Elixir app is killed in tests/acceptance/test_own_queue.py.
    (other,) = enqueue(connection, ARGS, **NOTICES, state="executing", attempt=1)
    with running("worker", log=tmp_path / "log", DATABASE_URL=worker_url, **environment) as worker:
        await asyncio.to_thread(eventually, lambda: states(connection, "signs") == {"executing": 1})
        worker.kill()
        worker.wait()
    await lifeline.look()
    assert states(connection, "signs") == {"executing": 1}
    await lifeline.look()
    for queue, rescued in (("signs", job_id), ("notices", other)):
        assert states(connection, queue) == {"available": 1}
        assert last_error(connection, rescued).startswith("rescued: the heartbeat of ")


def test_a_job_runs_and_its_answer_is_enqueued_or_it_is_cancelled_with_the_field(
    connection: psycopg.Connection, environment: dict[str, str], worker_url: str, tmp_path: Path
) -> None:
    bad = [example["args"] for example in examples("example_sign", "invalid").values()]
    ids = enqueue(connection, *bad, **SIGNS)
    with running("worker", log=tmp_path / "log", DATABASE_URL=worker_url, **environment):
        enqueue(connection, ARGS, **SIGNS)
        counts = {"completed": 1, "cancelled": len(bad)}
        eventually(lambda: states(connection, "signs") == counts)
        for action, paused in (("pause", True), ("resume", False)):
            result = call(action, "signs", DATABASE_URL=worker_url)
            assert result.returncode == 0, result.stderr
            producer = "SELECT (meta -> 'paused')::boolean FROM oban_producers WHERE queue = 'signs'"
            assert connection.execute(producer).fetchall() == [(paused,)]
    assert (tmp_path / "hall-1.txt").read_text() == ARGS["text"]
    (notice,) = (
        connection.execute(
            "SELECT args FROM oban_jobs WHERE queue = 'notices' AND state = 'available'"
        ).fetchone()
        or ()
    )
    assert notice == {"room": "hall-1", "text": f"The sign says: {ARGS['text']}"}
    for job_id, example in zip(ids, examples("example_sign", "invalid").values(), strict=True):
        assert last_error(connection, job_id).startswith(f"{example['field']}: ")


@pytest.mark.parametrize("row", [SIGNS, NOTICES])
def test_failed_retry_and_cancel_act_on_a_registered_queue(
    row: dict[str, Any], connection: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    ids = enqueue(connection, ARGS, ARGS, **row)
    assert cancel(connection, ids[:1]) == ids[:1]
    listed = call("failed", "--list", DATABASE_URL=database_url)
    assert listed.stdout == f"{ids[0]} {row['queue']} cancelled -: cancelled by hand\n"
    assert retry(connection, None, tmp_path).retried == ids[:1]
    assert states(connection, row["queue"]) == {"available": 2}


def test_an_unknown_queue_is_refused_with_all_queues_of_the_registry(database_url: str) -> None:
    result = call("pause", "mail", DATABASE_URL=database_url)
    assert result.returncode == 2
    assert "'badges', 'printing', 'printers', 'signs', 'notices'" in result.stderr


def finish_long_ago(connection: psycopg.Connection, **row: Any) -> None:
    for state in ("completed", "cancelled", "discarded"):
        enqueue(connection, ARGS, **row, state=state, **{f"{state}_at": "2020-01-01"})


@pytest.fixture
def context(database_url: str) -> Callable[[], Any]:
    """A worker's context without a press, since no badge is rendered."""
    settings = Settings.load(renderers=1)
    return lambda: open_worker_context(database_url, settings, nullcontext(cast(Press, None)))


async def test_finished_jobs_of_a_registered_queue_are_pruned(
    context: Callable[[], Any], connection: psycopg.Connection
) -> None:
    for row in (SIGNS, NOTICES):
        finish_long_ago(connection, **row)
        enqueue(connection, ARGS, **row, state="completed", completed_at="now")
    async with context() as opened:
        await opened.oban._pruner._prune()
    for row in (SIGNS, NOTICES):
        assert states(connection, row["queue"]) == {"completed": 1}


async def test_rows_of_other_applications_stay_untouched_by_everything(
    context: Callable[[], Any],
    lifeline: Lifeline,
    connection: psycopg.Connection,
    database_url: str,
    tmp_path: Path,
) -> None:
    finish_long_ago(connection, **OTHERS)
    for state in ALL_STATES:
        long_ago = {"attempted_at": "2020-01-01", "scheduled_at": "2020-01-01"}
        enqueue(connection, {"x": 10**400}, **OTHERS, state=state, attempt=5, **long_ago)
    before = rows(connection, "mail")
    assert len(before) == 11

    enqueue(connection, ARGS, **SIGNS)
    async with context() as opened, opened.oban as oban:
        await asyncio.to_thread(eventually, lambda: states(connection, "signs") == {"completed": 1})
        await asyncio.to_thread(eventually, lambda: oban.is_leader)
        await oban._pruner._prune()
        await oban._lifeline._rescue()
        await oban._stager._stage()
        await lifeline.look()
        await lifeline.look()
    ids = [row[1] for row in before]
    assert cancel(connection, ids) == []
    assert retry(connection, None, tmp_path).retried == []
    assert retry(connection, ids, tmp_path).unchanged == ids
    assert failed(connection) == []
    for action in ("pause", "resume"):
        assert call(action, "mail", DATABASE_URL=database_url).returncode == 2
    connection.execute("TRUNCATE badge_forge_queues")
    assert sorted(register_queues(database_url)) == [
        "badges",
        "notices",
        "printers",
        "printing",
        "signs",
    ]

    assert rows(connection, "mail") == before


def test_a_worker_does_not_start_without_the_module_of_a_queue(
    connection: psycopg.Connection, worker_url: str, environment: dict[str, str], tmp_path: Path
) -> None:
    result = run("worker", DATABASE_URL=worker_url, **environment | {"PYTHONPATH": str(tmp_path)})
    assert result.returncode == 1
    assert result.stderr == (
        "badge-forge: the queue signs cannot run room_signs.MakeSign: Module 'room_signs' not found for "
        "worker 'room_signs.MakeSign': check PYTHONPATH and the name\n"
    )


def test_a_worker_does_not_start_before_its_queues_are_registered(
    worker_url: str, environment: dict[str, str]
) -> None:
    result = run("worker", DATABASE_URL=worker_url, **environment)
    assert result.returncode == 1
    assert "badge_forge_queues lacks the queue notices with the worker RoomSigns.Notice" in result.stderr
    assert result.stderr.endswith("run `bin/badge-forge db migrate`\n")


def test_the_views_show_a_registered_queue_without_jobs_and_that_no_node_takes_it(
    database_url: str,
) -> None:
    shown = call("watch", "--once", DATABASE_URL=database_url).stdout
    assert "\nsigns " in shown
    assert "\nnotices " in shown
    register_queues(database_url)
    report = (
        "INSERT INTO oban_producers (uuid, name, node, queue) VALUES (gen_random_uuid(), 'x', 'x', %s)"
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
        for queue in ("badges", "printing", "printers", "signs"):
            connection.execute(report, [queue])
    shown = call("watch", "--once", DATABASE_URL=database_url).stdout
    assert "No print center takes the queue notices: restart it, `make iex`" in shown
    assert "takes the queue signs" not in shown
