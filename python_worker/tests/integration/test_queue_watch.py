"""A worker keeps its queue and its notifications, and `pause` reports what each node did."""

import asyncio
import base64
import gzip
import json
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from oban import Oban
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from badge_forge.jobs.notifier import create_oban
from badge_forge.jobs.queue_watch import QueueWatch
from badge_forge.jobs.signals import pause, resume
from helpers import badge_args, call, enqueue, eventually, running, states

Pool = AsyncConnectionPool[AsyncConnection]

PAUSED = "SELECT (meta -> 'paused')::boolean FROM oban_producers WHERE queue = 'badges'"


def packed(content: object) -> str:
    """Return `content` as Oban for Elixir sends it: gzipped JSON in base64."""
    return packed_bytes(json.dumps(content).encode())


def packed_bytes(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content)).decode()


MALFORMED = {
    "text": "garbage",
    "empty": "",
    "truncated JSON": '{"action": ',
    "base64 of text": base64.b64encode(b"garbage").decode(),
    "truncated gzip": packed({"action": "pause"})[:24],
    "a list": packed([1]),
    "null": packed(None),
    "an action without its job": '{"action": "pkill"}',
    "an action without its queue": '{"action": "stop"}',
    "a limit that is not a number": '{"action": "scale", "queue": "badges", "limit": "many"}',
    "a limit without end": '{"action": "scale", "queue": "badges", "limit": 1e300}',
    "a start without a limit": '{"action": "start", "queue": "badges"}',
    "a start of another application's queue": '{"action": "start", "queue": "printing", "limit": 3}',
    "a start of a queue that PostgreSQL cannot store": '{"action":"start","queue":"a\\u0000","limit":1}',
    "a number": packed(1),
    "a text": packed("pause"),
    "packed UTF-16": packed_bytes('{"action": "pause"}'.encode("utf-16")),
    "packed bytes that are not UTF-8": packed_bytes(b'{"action": "\xff\xfe", "queue": "badges"}'),
    "packed NUL bytes": packed_bytes(b"\0" * 100),
    "a lone surrogate": '{"action": "\\ud800", "queue": "badges"}',
    "a gzip bomb": packed_bytes(b" " * 5_000_000),
    "nested without end": '{"action": ' + "[" * 7000,
    "packed, nested without end": packed_bytes(b"[" * 1_000_000),
    "base64 with other characters": "H4sI\u00e9\u20ac????",
    "7,999 bytes": "x" * 7999,
}

CHANNELS = ("signal", "insert", "leader", "gossip", "metrics", "cronitor")


@contextmanager
def worker(url: str, badges_dir: Path, log: Path) -> Iterator[psutil.Process]:
    log.touch()
    environment = {"DATABASE_URL": url, "BADGES_DIR": str(badges_dir), "RENDERERS": "1"}
    with (
        running("worker", log=log, **environment) as process,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        eventually(lambda: _hears(connection, process.pid))
        yield psutil.Process(process.pid)


def _hears(connection: psycopg.Connection, pid: int) -> bool:
    """Tell whether the worker receives signals. Those sent before its `LISTEN` are lost."""
    notify(connection, '{"action": "scale", "queue": "badges", "limit": 3}')
    heard = "SELECT 1 FROM oban_producers WHERE node LIKE %s AND meta ->> 'local_limit' = '3'"
    return connection.execute(heard, [f"%.{pid}"]).fetchone() is not None


def notify(connection: psycopg.Connection, payload: str, channel: str = "signal") -> None:
    connection.execute("SELECT pg_notify('public.oban_' || %s, %s)", [channel, payload])


def test_a_worker_hears_all_after_malformed_notifications_and_logs_few_of_them(
    worker_url: str, badges_dir: Path, tmp_path: Path, connection: psycopg.Connection
) -> None:
    log = tmp_path / "worker.log"
    with worker(worker_url, badges_dir, log):
        for number, payload in enumerate(MALFORMED.values()):
            for channel in CHANNELS:
                notify(connection, payload, channel)
            # Only the signal: `badge-forge pause` would write a request to the table as well.
            action = ("pause", "resume")[number % 2]
            notify(connection, json.dumps({"action": action, "queue": "badges", "ident": "any"}))
            eventually(lambda: connection.execute(PAUSED).fetchone() == (action == "pause",))  # noqa: B023
        notify(connection, json.dumps({"action": "resume", "queue": "badges", "ident": "any"}))
        enqueue(connection, badge_args())
        eventually(lambda: states(connection) == {"completed": 1})
        assert connection.execute("SELECT queue FROM oban_producers").fetchall() == [("badges",)]
        for _ in range(1000):
            notify(connection, "garbage")
        notify(connection, json.dumps({"action": "pause", "queue": "badges", "ident": "any"}))
        eventually(lambda: connection.execute(PAUSED).fetchone() == (True,))
    said = log.read_text()
    # One line every ten seconds, however long 1,000 notifications take.
    assert 1 <= said.count("malformed notification") < 50
    assert "Traceback" not in said


def test_a_signal_to_stop_a_queue_pauses_it_and_is_logged(
    worker_url: str, badges_dir: Path, tmp_path: Path, connection: psycopg.Connection
) -> None:
    log = tmp_path / "worker.log"
    with worker(worker_url, badges_dir, log):
        # Oban Web's Stop button and `Oban.stop_queue` send this signal.
        notify(connection, json.dumps({"action": "stop", "queue": "badges", "ident": "any"}))
        eventually(lambda: "A signal to stop the queue badges arrived" in log.read_text())
        eventually(lambda: connection.execute(PAUSED).fetchall() == [(True,)])
        enqueue(connection, badge_args())
        result = call("resume", "badges", DATABASE_URL=worker_url)
        assert result.returncode == 0, result.stderr
        eventually(lambda: states(connection) == {"completed": 1})


def test_pause_lists_the_nodes_that_paused_and_those_that_did_not(
    worker_url: str, badges_dir: Path, tmp_path: Path
) -> None:
    with (
        worker(worker_url, badges_dir, tmp_path / "one.log") as one,
        worker(worker_url, badges_dir, tmp_path / "other.log") as other,
    ):
        other.suspend()
        result = call("pause", "badges", DATABASE_URL=worker_url)
        other.resume()
    assert result.returncode == 0
    lines = dict(line.split(" on ") for line in result.stderr.splitlines())
    assert lines["badges: paused"].endswith(f".{one.pid}")
    assert f".{other.pid}, which last" in lines["badges: not paused"]


@pytest.mark.parametrize("action", ["pause", "resume"])
@pytest.mark.parametrize(("queue", "start"), [("badges", "make worker"), ("printing", "make iex")])
def test_pause_and_resume_without_a_node_name_the_command_to_start_one(
    action: str, queue: str, start: str, worker_url: str
) -> None:
    result = call(action, queue, DATABASE_URL=worker_url)
    assert result.returncode == 0
    state = {"pause": "paused", "resume": "running"}[action]
    assert result.stderr == (
        f"{queue}: {state}, and no application takes it now: `{start}` starts one that begins {state}\n"
    )


@pytest.mark.parametrize("fault", [signal.SIGSTOP, signal.SIGKILL])
def test_a_worker_that_hangs_or_was_killed_does_not_count(
    fault: signal.Signals, worker_url: str, badges_dir: Path, tmp_path: Path
) -> None:
    with worker(worker_url, badges_dir, tmp_path / "worker.log") as process:
        process.send_signal(fault)
        for action in ("pause", "resume"):
            result = call(action, "badges", DATABASE_URL=worker_url)
            assert result.returncode == 1
            assert "badges: no node is" in result.stderr


def test_a_signal_right_after_a_pause_was_reported_wins(
    worker_url: str, badges_dir: Path, tmp_path: Path, connection: psycopg.Connection
) -> None:
    resumed = json.dumps({"action": "resume", "queue": "badges", "ident": "any"})
    with worker(worker_url, badges_dir, tmp_path / "worker.log"):
        for _ in range(3):
            (producer,) = pause(connection, ["badges"])
            assert producer.followed("pause")
            notify(connection, resumed)
            eventually(lambda: connection.execute(PAUSED).fetchone() == (False,))
            time.sleep(1.5)  # a report later, which would act on a request that was left behind
            assert connection.execute(PAUSED).fetchone() == (False,)


@pytest.fixture
async def pool(worker_url: str) -> AsyncIterator[Pool]:
    async with AsyncConnectionPool(
        worker_url, min_size=1, open=False, kwargs={"autocommit": True}
    ) as opened:
        yield opened


@pytest.fixture
async def oban(pool: Pool) -> AsyncIterator[Oban]:
    async with create_oban({"badges": 1}, pool=pool) as started:
        yield started


async def paused(oban: Oban) -> None:
    """Wait until the worker has paused its queue."""

    def is_paused() -> bool:
        queue = oban.check_queue("badges")
        return queue is not None and queue.paused

    await asyncio.to_thread(eventually, is_paused)


async def test_a_notifier_listens_again_after_its_task_ended(
    oban: Oban, pool: Pool, connection: psycopg.Connection
) -> None:
    task = oban._notifier._loop_task
    task.cancel()
    await asyncio.wait({task})
    await QueueWatch(oban, "badges", 1, pool).look()
    # It executes LISTEN for its channels one after another; what is sent before that is lost.
    await asyncio.to_thread(eventually, lambda: not oban._notifier._pending_listen)
    notify(connection, json.dumps({"action": "pause", "queue": "badges", "ident": "any"}))
    await paused(oban)


async def test_a_pause_reaches_a_worker_that_receives_no_notifications(
    oban: Oban, pool: Pool, connection: psycopg.Connection
) -> None:
    # A connection pooler drops LISTEN in the same way.
    await oban._notifier.stop()
    oban._notifier._conn = None
    watch = asyncio.create_task(QueueWatch(oban, "badges", 1, pool).run())
    try:
        (producer,) = await asyncio.to_thread(pause, connection, ["badges"])
        assert producer.followed("pause")
        (producer,) = await asyncio.to_thread(resume, connection, ["badges"])
        assert producer.followed("resume")
    finally:
        watch.cancel()


async def test_a_pause_request_is_applied_once_and_a_later_signal_wins(
    oban: Oban, pool: Pool, connection: psycopg.Connection
) -> None:
    watch = QueueWatch(oban, "badges", 1, pool)
    request = 'UPDATE oban_producers SET meta = meta || \'{"requested": "pause"}\''
    connection.execute(request)
    await watch.look()
    await oban.resume_queue("badges", node=oban._node)
    await watch.look()
    producer = oban.check_queue("badges")
    assert producer
    assert not producer.paused


async def test_a_producer_whose_row_was_deleted_inserts_it_again(
    oban: Oban, pool: Pool, connection: psycopg.Connection
) -> None:
    connection.execute("TRUNCATE oban_producers")  # a crash of PostgreSQL empties this unlogged table
    await QueueWatch(oban, "badges", 1, pool).look()
    assert connection.execute(PAUSED).fetchall() == [(False,)]


async def test_the_health_file_is_touched_only_while_the_queue_reaches_the_table(
    oban: Oban, pool: Pool, connection: psycopg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "healthy"
    connection.execute("ALTER TABLE oban_producers RENAME TO away")
    watch = QueueWatch(oban, "badges", 1, pool, health_file=file)
    running = asyncio.create_task(watch.run())
    try:
        await asyncio.to_thread(eventually, lambda: watch._failing)
        assert not file.exists()
        connection.execute("ALTER TABLE away RENAME TO oban_producers")
        await asyncio.to_thread(eventually, file.exists)
        first = file.stat().st_mtime_ns
        await asyncio.to_thread(eventually, lambda: file.stat().st_mtime_ns > first)
    finally:
        running.cancel()


async def test_a_queue_that_is_gone_comes_back_paused_also_if_its_start_failed_once(
    oban: Oban, pool: Pool, connection: psycopg.Connection
) -> None:
    watch = QueueWatch(oban, "badges", 1, pool)
    await oban.stop_queue("badges")
    connection.execute("REVOKE INSERT ON oban_producers FROM badge_forge_worker")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await watch.look()
    connection.execute("GRANT INSERT ON oban_producers TO badge_forge_worker")
    await watch.look()
    assert connection.execute(PAUSED).fetchall() == [(True,)]
    connection.execute('UPDATE oban_producers SET meta = meta || \'{"requested": "resume"}\'')
    await watch.look()
    assert connection.execute(PAUSED).fetchall() == [(False,)]
