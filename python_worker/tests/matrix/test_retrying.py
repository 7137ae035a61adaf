"""Matrix: running jobs of the other side again, and removing them."""

from collections.abc import Iterator

import psycopg
import pytest
from oban import Job, Oban
from psycopg_pool import AsyncConnectionPool

from badge_forge.jobs.lifeline import Lifeline
from helpers import enqueue, eventually
from matrix.cells import absent, caveat, fails, matrix
from matrix.jobs import ELIXIR_PROBE, PYTHON_PROBE, Probe, Row, Until
from matrix.nodes import ElixirNode, EvaluationError

ENDED = ("completed", "cancelled", "discarded", "retryable")

ENGINE = absent("`Oban.Engine`", "Oban.Engine.rescue_jobs(nil, nil, [])")


def ended(connection: psycopg.Connection, probe: Probe, columns: dict[str, str]) -> list[int]:
    """Insert a job in each state of `ENDED`, without attempts left, and return their ids."""
    return [
        enqueue(connection, probe.args(), **columns, state=state, attempt=3, max_attempts=3)[0]
        if state != "retryable"
        else enqueue(connection, probe.args(), **columns, state=state, attempt=1)[0]
        for state in ENDED
    ]


@pytest.fixture(autouse=True)
def not_yet(connection: psycopg.Connection) -> Iterator[None]:
    """Let retryable jobs wait for an hour."""
    connection.execute(
        "ALTER TABLE oban_jobs ALTER scheduled_at SET DEFAULT timezone('UTC', now()) + interval '1 hour'"
    )
    yield
    connection.execute("ALTER TABLE oban_jobs ALTER scheduled_at SET DEFAULT timezone('UTC', now())")


@matrix("retry", "elixir", stand_in=absent("`Oban.retry_job`", "Oban.retry_job(0)"))
def test_elixir_retries_pythons_job(
    elixir: ElixirNode, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    for job_id in ended(connection, probe, PYTHON_PROBE)[1:]:
        elixir.evaluate(f"Oban.retry_job({job_id})")
        job = until(job_id, "completed")
        assert job["attempt"] <= job["max_attempts"]


@matrix("retry", "python")
async def test_python_retries_elixirs_job(
    oban: Oban, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    for job_id in ended(connection, probe, ELIXIR_PROBE)[1:]:
        await oban.retry_job(job_id)
        job = until(job_id, "completed")
        assert job["attempt"] <= job["max_attempts"]


ALSO_COMPLETED = "It also runs completed jobs again."


@matrix(
    "retry all",
    "elixir",
    caveat(ALSO_COMPLETED),
    stand_in=absent("`Oban.retry_all_jobs`", "Oban.retry_all_jobs(Oban.Job)"),
)
def test_elixir_retries_all_of_pythons_jobs(
    elixir: ElixirNode, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    ids = ended(connection, probe, PYTHON_PROBE)
    assert elixir.evaluate("Oban.retry_all_jobs(Oban.Job)") == "{:ok, 4}"
    for job_id in ids:
        until(job_id, "completed")
    eventually(lambda: len(probe.seen) == 4)


@matrix("retry all", "python", caveat(ALSO_COMPLETED))
async def test_python_retries_all_of_elixirs_jobs(
    oban: Oban, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    ids = ended(connection, probe, ELIXIR_PROBE)
    assert await oban.retry_many_jobs(list(ids)) == 4
    for job_id in ids:
        until(job_id, "completed")
    eventually(lambda: len(probe.seen) == 4)


@matrix(
    "snooze",
    "elixir",
    caveat(
        "Python takes the attempt back and counts in `meta.snoozed`. Elixir adds one to `max_attempts`."
    ),
)
def test_elixirs_job_is_snoozed_by_python_and_runs_again(
    elixir: ElixirNode, probe: Probe, until: Until
) -> None:
    job = until(elixir.insert(probe.args("snooze"), "max_attempts: 3"), "completed")
    assert (job["attempt"], job["max_attempts"], job["meta"]) == (1, 3, {"snoozed": 1})
    assert len(probe.seen) == 2


@matrix(
    "snooze",
    "python",
    caveat(
        "Python takes the attempt back and counts in `meta.snoozed`. Elixir adds one to `max_attempts`."
    ),
)
async def test_pythons_job_is_snoozed_by_elixir_and_runs_again(
    oban: Oban, probe: Probe, until: Until
) -> None:
    inserted = await oban.enqueue(Job(args=probe.args("snooze"), max_attempts=3, **ELIXIR_PROBE))
    assert inserted.id
    job = until(inserted.id, "completed")
    assert (job["attempt"], job["max_attempts"]) == (2, 4)
    assert len(probe.seen) == 2


ORPHANED = (
    "UPDATE oban_jobs SET state = 'executing', attempt = 1, attempted_by = '{killed.1,producer}',"
    " attempted_at = timezone('UTC', now()) - interval '1 day' WHERE id = %s"
)


@matrix(
    "rescue",
    "elixir",
    fails(
        "Oban's Lifeline goes by age: it also makes a job available that Python still runs, and it runs "
        "twice. The app does not start with a Lifeline."
    ),
    stand_in=ENGINE,
)
def test_elixirs_rescue_also_takes_a_job_that_python_runs(
    elixir: ElixirNode, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    (job_id,) = enqueue(connection, probe.args("wait"), **PYTHON_PROBE)
    eventually(lambda: len(probe.seen) == 1)
    # As Oban.Plugins.Lifeline calls it, which would wait for `rescue_after`.
    elixir.evaluate("Oban.Engine.rescue_jobs(Oban.config(), Oban.Job, rescue_after: 0)")
    eventually(lambda: len(probe.seen) == 2)
    probe.release()
    assert until(job_id, "completed")["attempt"] == 2


@matrix(
    "rescue",
    "python",
    caveat(
        "By heartbeat, not by age: this is Badge Forge's lifeline, which rescues for both languages."
    ),
)
async def test_pythons_lifeline_rescues_elixirs_orphan_and_no_other(
    database: str, probe: Probe, connection: psycopg.Connection, row: Row, until: Until
) -> None:
    (orphan, running) = (
        enqueue(connection, probe.args(do), **ELIXIR_PROBE | {"queue": queue})[0]
        for do, queue in [("ok", "idle"), ("wait", "elixir")]
    )
    connection.execute(ORPHANED, [orphan])
    connection.execute("UPDATE oban_jobs SET queue = 'elixir' WHERE id = %s", [orphan])
    until(running, "executing")
    async with AsyncConnectionPool(database, open=False) as pool:
        lifeline = Lifeline(pool, ["elixir"], rescue_after_s=1e-9)
        for beat in range(3):
            beats = "UPDATE oban_jobs SET meta = jsonb_build_object('heartbeat', %s::int) WHERE id = %s"
            connection.execute(beats, [beat, running])
            await lifeline.look()
    (error,) = until(orphan, "completed")["errors"]
    assert error["error"] == "rescued: the heartbeat of killed.1 stopped"
    assert (row(running)["state"], row(running)["attempt"]) == ("executing", 1)


@matrix(
    "prune",
    "elixir",
    fails("The print center's role may not delete: the Python worker prunes for both languages."),
    stand_in=ENGINE,
)
def test_elixirs_role_may_not_prune_pythons_jobs(
    elixir: ElixirNode, probe: Probe, connection: psycopg.Connection, row: Row
) -> None:
    ids = ended(connection, probe, PYTHON_PROBE)
    with pytest.raises(EvaluationError, match="permission denied"):
        elixir.evaluate("Oban.Engine.prune_jobs(Oban.config(), Oban.Job, max_age: 1, limit: 100)")
    assert all(row(job_id) for job_id in ids)


@matrix("prune", "python", caveat("Oban for Python's pruner, by the time at which the job ended."))
async def test_python_prunes_elixirs_ended_jobs(
    oban: Oban, probe: Probe, connection: psycopg.Connection
) -> None:
    *_, retryable = ended(connection, probe, ELIXIR_PROBE)
    connection.execute(
        "UPDATE oban_jobs SET completed_at = '2026-01-01', cancelled_at = '2026-01-01',"
        " discarded_at = '2026-01-01'"
    )
    assert await oban._query.prune_jobs(60, 100) == 3
    left = [job_id for (job_id,) in connection.execute("SELECT id FROM oban_jobs")]
    assert left == [retryable]
