"""GenerateBadge with real Oban, a real database and real renderers."""

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg
import pytest
from oban import Job
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from badge_forge.attendee import Attendee
from badge_forge.jobs.confirmation import complete_and_confirm, confirmation
from badge_forge.press.press import Press
from badge_forge.settings import Settings
from badge_forge.worker import open_worker_context
from badge_forge.worker_context import WorkerContext
from helpers import badge_args, enqueue, eventually, make_design, states, text_of

OpenWorker = Callable[..., AbstractAsyncContextManager[WorkerContext]]


@pytest.fixture
def worker(worker_url: str, badges_dir: Path, shared_press: Press) -> OpenWorker:
    """Open a worker. Its queue runs unless `started` is False. With settings it has its own press."""

    @asynccontextmanager
    async def open_worker(started: bool = True, **settings: Any) -> AsyncIterator[WorkerContext]:
        loaded = Settings.load(badges_dir=badges_dir, renderers=1, **settings)
        press = None if settings else nullcontext(shared_press)
        async with open_worker_context(worker_url, loaded, press) as context:
            if not started:
                yield context
                return
            async with context.oban:
                yield context

    return open_worker


def jobs(connection: psycopg.Connection, queue: str) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("SELECT * FROM oban_jobs WHERE queue = %s ORDER BY id", [queue]).fetchall()


async def until(what: Callable[[], Any]) -> None:
    await asyncio.to_thread(eventually, what)


async def test_a_badge_is_rendered_stored_and_confirmed_once(
    worker: OpenWorker, connection: psycopg.Connection, badges_dir: Path
) -> None:
    args = badge_args(name="Zoë Washburne")
    enqueue(connection, args, meta=Jsonb({"batch_id": "b"}), priority=2)
    async with worker():
        await until(lambda: states(connection) == {"completed": 1})
    (print_job,) = jobs(connection, "printing")
    path = badges_dir / f"zoe-washburne-{args['id']}.pdf"
    assert print_job["worker"] == "BadgeForge.PrintCenter"
    assert print_job["args"] == {
        "id": args["id"],
        "name": args["name"],
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    assert (print_job["meta"], print_job["priority"]) == ({"batch_id": "b"}, 2)
    assert "Zoë" in text_of(path)


async def test_a_later_version_of_a_badge_replaces_the_pdf_of_the_earlier_one(
    worker: OpenWorker, connection: psycopg.Connection, badges_dir: Path
) -> None:
    args, other = badge_args(name="Bob Smth"), badge_args(name="Bob Smth")
    enqueue(connection, args, other, meta=Jsonb({"event": "my-conf", "version": 1}))
    async with worker():
        await until(lambda: states(connection) == {"completed": 2})
        later = {"event": "my-conf", "version": 2, "desk": "front", "lists": {}}
        enqueue(connection, args | {"name": "Bob Smith"}, meta=Jsonb(later))
        await until(lambda: states(connection) == {"completed": 3})
        newest = f"bob-smith--v2-{args['id']}.pdf"
        expected = {f"bob-smth-{other['id']}.pdf", newest}
        await until(lambda: {path.name for path in badges_dir.iterdir()} == expected)
    print_job = jobs(connection, "printing")[-1]
    assert print_job["args"]["file"] == newest
    assert print_job["meta"] == {"event": "my-conf", "version": 2, "desk": "front"}


async def test_a_confirmation_continues_the_trace_of_its_badge(
    worker: OpenWorker, connection: psycopg.Connection
) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    for meta in ({"traceparent": traceparent}, {"traceparent": traceparent + "x"}):
        enqueue(connection, badge_args(), meta=Jsonb(meta))
    async with worker():
        await until(lambda: states(connection) == {"completed": 2})
    # Without an SDK there is no span of the worker's own.
    assert [job["meta"] for job in jobs(connection, "printing")] == [{"traceparent": traceparent}, {}]


async def test_bad_args_cancel_the_job_with_the_field_without_a_retry(
    worker: OpenWorker, connection: psycopg.Connection, badges_dir: Path
) -> None:
    enqueue(connection, badge_args(type="Janitor"), {}, badge_args(type="janitor"))
    enqueue(connection, badge_args(event_slug="none"))
    async with worker():
        await until(lambda: states(connection) == {"cancelled": 4})
    errors = [job["errors"][-1]["error"] for job in jobs(connection, "badges")]
    assert "type: should be of a-z, 0-9 and single hyphens, got 'Janitor'" in errors[0]
    known = "they know attendee, speaker, sponsor, organizer"
    assert f"type: neither the event nor the design knows 'janitor': {known}" in errors[2]
    assert "event_slug: there is no event none" in errors[3]
    assert "id: is missing; name: is missing" in errors[1]
    assert not badges_dir.exists()
    assert jobs(connection, "printing") == []


async def test_args_that_python_cannot_parse_do_not_stop_the_queue(
    worker: OpenWorker, connection: psycopg.Connection
) -> None:
    deep, long_text = "[" * 2_000 + "]" * 2_000, '"' + "x" * 10_000_000 + '"'
    numbers = ["1" * 20_000, "1" * 30, "1e400", "0." + "1" * 16_000]
    values = [deep, long_text, *numbers]
    for value in values:
        connection.execute(
            "INSERT INTO oban_jobs (queue, worker, args) VALUES"
            " ('badges', 'badge_forge.generator.GenerateBadge', %s::jsonb)",
            ['{"id": ' + value + "}"],
        )
    enqueue(connection, badge_args())
    async with worker():
        await until(lambda: states(connection) == {"cancelled": len(values), "completed": 1})


async def test_a_job_with_an_unknown_worker_is_cancelled_and_imports_nothing(
    worker: OpenWorker, connection: psycopg.Connection
) -> None:
    assert "this" not in sys.modules
    enqueue(connection, badge_args(), worker="this.Zen")
    enqueue(connection, badge_args())
    async with worker():
        await until(lambda: states(connection) == {"cancelled": 1, "completed": 1})
    assert "this" not in sys.modules
    assert "worker: should be badge_forge.generator.GenerateBadge" in str(
        jobs(connection, "badges")[0]["errors"]
    )


async def test_a_storage_error_is_retried_not_cancelled(
    worker: OpenWorker, connection: psycopg.Connection, badges_dir: Path
) -> None:
    badges_dir.write_text("a file where the folder should be")
    enqueue(connection, badge_args())
    async with worker():
        await until(lambda: states(connection) == {"retryable": 1})
    (job,) = jobs(connection, "badges")
    assert "StorageError: cannot write" in job["errors"][-1]["error"]
    assert jobs(connection, "printing") == []


async def test_a_badge_that_is_rendered_again_has_the_same_pdf(
    worker: OpenWorker, connection: psycopg.Connection, badges_dir: Path
) -> None:
    args = badge_args()
    async with worker():
        enqueue(connection, args)
        await until(lambda: states(connection) == {"completed": 1})
        (before,) = [path.read_bytes() for path in badges_dir.iterdir()]
        enqueue(connection, args)
        await until(lambda: states(connection) == {"completed": 2})
    assert [path.read_bytes() for path in badges_dir.iterdir()] == [before]


async def executing_job(context: WorkerContext, connection: psycopg.Connection) -> tuple[Job, Job]:
    """Return a badge job in the state `executing`, and its confirmation."""
    args = badge_args()
    (job_id,) = enqueue(connection, args)
    connection.execute(
        "UPDATE oban_jobs SET state = 'executing', attempt = 1, attempted_at = timezone('UTC', now())"
    )
    job = await context.oban.get_job(job_id)
    assert job
    return job, confirmation(job, Attendee.from_args(args), Path("/x.pdf"), "0" * 64)


async def test_completion_and_confirmation_commit_together(
    worker: OpenWorker, connection: psycopg.Connection
) -> None:
    async with worker(started=False) as context:
        job, print_job = await executing_job(context, connection)
        assert await complete_and_confirm(job, print_job, context.pool)
    assert (states(connection), states(connection, "printing")) == (
        {"completed": 1},
        {"available": 1},
    )


async def test_a_confirmation_has_the_row_and_the_signal_of_an_oban_insert(
    worker: OpenWorker, connection: psycopg.Connection
) -> None:
    signals: list[dict[str, str]] = []
    connection.add_notify_handler(lambda signal: signals.append(json.loads(signal.payload)))
    connection.execute('LISTEN "public.oban_insert"')
    async with worker(started=False) as context:
        job, print_job = await executing_job(context, connection)
        await complete_and_confirm(job, print_job, context.pool)
        await context.oban.enqueue(print_job)
    ours, obans = (
        {column: value for column, value in row.items() if column != "id" and not column.endswith("_at")}
        for row in jobs(connection, "printing")
    )
    assert ours == obans
    await until(lambda: connection.execute("SELECT 1") and len(signals) == 2)
    assert signals == [{"queue": "printing"}] * 2


async def test_a_job_is_not_completed_if_its_confirmation_cannot_be_inserted(
    worker: OpenWorker, connection: psycopg.Connection
) -> None:
    async with worker(started=False) as context:
        job, print_job = await executing_job(context, connection)
        print_job.worker = "x" * 200  # longer than the table's CHECK allows
        with pytest.raises(psycopg.errors.CheckViolation):
            await complete_and_confirm(job, print_job, context.pool)
    assert (states(connection), states(connection, "printing")) == ({"executing": 1}, {})


async def test_nothing_is_confirmed_if_the_completion_cannot_be_committed(
    worker: OpenWorker, connection: psycopg.Connection
) -> None:
    connection.execute("""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'no commit today'; END $$
    """)
    async with worker(started=False) as context:
        job, print_job = await executing_job(context, connection)
        connection.execute("""
            CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON oban_jobs
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
        """)
        with pytest.raises(psycopg.errors.RaiseException, match="no commit today"):
            await complete_and_confirm(job, print_job, context.pool)
    assert (states(connection), states(connection, "printing")) == ({"executing": 1}, {})


async def test_rows_with_ids_ahead_of_the_sequence_cost_no_attempt(
    worker: OpenWorker, connection: psycopg.Connection
) -> None:
    ids = enqueue(connection, *[badge_args() for _ in range(3)])
    connection.execute(
        "INSERT INTO oban_jobs (id, queue, worker)"
        " SELECT %s + number, 'other', 'x' FROM generate_series(1, 2000) AS number",
        [ids[-1]],
    )
    async with worker():
        await until(lambda: states(connection) == {"completed": 3})
    assert [(job["attempt"], job["errors"]) for job in jobs(connection, "badges")] == [(1, [])] * 3
    assert states(connection, "printing") == {"available": 3}


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
async def test_a_conflict_with_another_transaction_costs_no_attempt(
    sqlstate: str, worker: OpenWorker, connection: psycopg.Connection
) -> None:
    connection.execute("CREATE SEQUENCE tries")
    connection.execute("GRANT ALL ON SEQUENCE tries TO PUBLIC")
    connection.execute(f"""
        CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('tries') < 4 THEN RAISE 'conflict' USING ERRCODE = '{sqlstate}'; END IF;
            RETURN NEW;
        END $$
    """.encode())  # fmt: skip
    async with worker(started=False) as context:
        job, print_job = await executing_job(context, connection)
        connection.execute(
            "CREATE TRIGGER conflict BEFORE INSERT ON oban_jobs FOR EACH ROW EXECUTE FUNCTION conflict()"
        )
        assert await complete_and_confirm(job, print_job, context.pool)
    assert (states(connection), states(connection, "printing")) == ({"completed": 1}, {"available": 1})


@pytest.mark.parametrize(
    "change",
    [
        "state = 'cancelled', cancelled_at = timezone('UTC', now())",
        "state = 'available', errors = errors || jsonb_build_object('error', 'rescued')",
        "attempted_at = attempted_at + interval '1 second'",
    ],
    ids=["cancelled", "rescued", "rescued-and-started-again"],
)
async def test_a_cancelled_or_rescued_job_is_neither_completed_nor_confirmed(
    change: str, worker: OpenWorker, connection: psycopg.Connection
) -> None:
    async with worker(started=False) as context:
        job, print_job = await executing_job(context, connection)
        connection.execute(f"UPDATE oban_jobs SET {change}".encode())
        before = states(connection)
        assert not await complete_and_confirm(job, print_job, context.pool)
    assert (states(connection), states(connection, "printing")) == (before, {})


async def test_a_badge_of_a_broken_design_is_retried_until_the_design_is_fixed(
    worker: OpenWorker, connection: psycopg.Connection, tmp_path: Path
) -> None:
    design = make_design(tmp_path, "{{ attendee.nmae }}")
    (job_id,) = enqueue(connection, badge_args(design="mine"))
    async with worker(designs_dir=tmp_path):
        await until(lambda: states(connection) == {"retryable": 1})
        (failed,) = jobs(connection, "badges")
        assert (
            "mine/badge.html.jinja:1: 'dict object' has no attribute 'nmae'"
            in failed["errors"][0]["error"]
        )
        (design.folder / "badge.html.jinja").write_text("<p>{{ attendee.name }}")
        connection.execute(
            "UPDATE oban_jobs SET state = 'available', scheduled_at = now() WHERE id = %s", [job_id]
        )
        await until(lambda: states(connection) == {"completed": 1})


async def test_a_badge_of_an_unknown_design_is_cancelled_with_the_field(
    worker: OpenWorker, connection: psycopg.Connection
) -> None:
    enqueue(connection, badge_args(design="nix"))
    async with worker():
        await until(lambda: states(connection) == {"cancelled": 1})
    (job,) = jobs(connection, "badges")
    assert "design: there is no design nix; there are a6, card-86x54, conf-4x6, fold-a5" in str(
        job["errors"]
    )


async def test_a_shortened_name_is_logged_without_the_name(
    worker: OpenWorker, connection: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    args = badge_args(name="Ada Lovelace " * 15, design="card-86x54")
    enqueue(connection, args)
    with caplog.at_level("WARNING", "badge_forge"):
        async with worker():
            await until(lambda: states(connection) == {"completed": 1})
    (line,) = [record.getMessage() for record in caplog.records if args["id"] in record.getMessage()]
    assert "the name did not fit and was shortened at 14 pt (badge.html.jinja:" in line
    assert "Ada" not in line
