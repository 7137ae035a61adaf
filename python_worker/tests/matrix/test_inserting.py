"""Matrix: inserting jobs for the other side, and what crosses with them."""

import pytest
from oban import Job, Oban
from psycopg import AsyncConnection

from helpers import eventually
from matrix.cells import Outcome, absent, caveat, fails, matrix
from matrix.jobs import ELIXIR_PROBE, Probe, Row, Until
from matrix.nodes import ElixirNode


def without_option(name: str, option: str) -> Outcome:
    return absent(f"option `{name}`", f'Oban.Job.new(%{{}}, worker: "X", {option})')


@matrix(
    "insert",
    "elixir",
    caveat(
        "Elixir does not know the options of Python's worker: its job has 20 attempts, unless it "
        "sets `max_attempts:`."
    ),
)
def test_elixir_inserts_a_job_that_python_runs(elixir: ElixirNode, probe: Probe, until: Until) -> None:
    assert until(elixir.insert(probe.args()), "completed")["max_attempts"] == 20
    assert until(elixir.insert(probe.args(), "max_attempts: 3"), "completed")["max_attempts"] == 3


@matrix(
    "insert",
    "python",
    caveat(
        "Python does not know the options of Elixir's worker: its job has 20 attempts, unless it "
        "sets `max_attempts=`."
    ),
)
async def test_python_inserts_a_job_that_elixir_runs(oban: Oban, probe: Probe, until: Until) -> None:
    job = await oban.enqueue(Job(args=probe.args(), **ELIXIR_PROBE))
    assert job.id
    assert until(job.id, "completed")["max_attempts"] == 20


@matrix("insert_all", "elixir")
def test_elixir_inserts_many_jobs_that_python_runs(
    elixir: ElixirNode, probe: Probe, until: Until
) -> None:
    jobs = f"for _ <- 1..50, do: {elixir.new(probe.args())}"
    ids = elixir.evaluate(f"({jobs}) |> Oban.insert_all() |> Enum.map(& &1.id)")
    for job_id in ids.strip("[]").split(", "):
        until(int(job_id), "completed")
    assert len(probe.seen) == 50


@matrix("insert_all", "python")
async def test_python_inserts_many_jobs_that_elixir_runs(oban: Oban, probe: Probe, until: Until) -> None:
    jobs = await oban.enqueue_many(Job(args=probe.args(), **ELIXIR_PROBE) for _ in range(50))
    for job in jobs:
        assert job.id
        until(job.id, "completed")
    assert len(probe.seen) == 50


@matrix("schedule", "elixir", stand_in=without_option("schedule_in:", "schedule_in: 1"))
def test_elixir_schedules_a_job_that_python_runs_when_it_is_due(
    elixir: ElixirNode, probe: Probe, row: Row, until: Until
) -> None:
    job_id = elixir.insert(probe.args(), "schedule_in: 1")
    assert row(job_id)["state"] == "scheduled"
    job = until(job_id, "completed")
    assert job["attempted_at"] >= job["scheduled_at"]


@matrix("schedule", "python")
async def test_python_schedules_a_job_that_elixir_runs_when_it_is_due(
    oban: Oban, probe: Probe, until: Until
) -> None:
    job = await oban.enqueue(Job(args=probe.args(), scheduled_in=1, **ELIXIR_PROBE))
    assert job.id
    assert job.state == "scheduled"
    done = until(job.id, "completed")
    assert done["attempted_at"] >= done["scheduled_at"]


@matrix(
    "unique",
    "elixir",
    caveat("Elixir checks when it inserts, also against rows that Python inserted."),
    stand_in=without_option("unique:", "unique: true"),
)
async def test_elixirs_unique_job_is_inserted_once_for_python(
    elixir: ElixirNode, oban: Oban, probe: Probe
) -> None:
    unique = "unique: [period: 60]"
    first = elixir.insert(probe.args(number=1), unique)
    assert elixir.insert(probe.args(number=1), unique) == first
    of_python = await oban.enqueue(
        Job(worker="matrix.probe.Probe", queue="python", args=probe.args(number=2))
    )
    assert elixir.insert(probe.args(number=2), unique) == of_python.id


@matrix(
    "unique",
    "python",
    fails(
        "Oban for Python 0.7 has no unique jobs: what is inserted twice runs twice. They need Oban Pro."
    ),
)
async def test_pythons_job_is_not_unique(oban: Oban, probe: Probe, until: Until) -> None:
    with pytest.raises(TypeError, match="unique"):
        Job(args=probe.args(), unique=True, **ELIXIR_PROBE)  # type: ignore[call-arg]
    for _ in range(2):
        job = await oban.enqueue(Job(args=probe.args(), **ELIXIR_PROBE))
        assert job.id
        until(job.id, "completed")
    assert len(probe.seen) == 2


@matrix("priority", "elixir")
def test_python_runs_elixirs_jobs_in_order_of_priority(elixir: ElixirNode, probe: Probe) -> None:
    jobs = ", ".join(
        elixir.new(probe.args(), f'queue: "python_serial", priority: {priority}')
        for priority in (7, 9, 0)
    )
    elixir.evaluate(f"[{jobs}] |> Oban.insert_all() |> length()")
    eventually(lambda: len(probe.seen) == 3)
    assert [seen["priority"] for seen in probe.seen] == [0, 7, 9]


@matrix("priority", "python")
async def test_elixir_runs_pythons_jobs_in_order_of_priority(
    database: str, oban: Oban, probe: Probe
) -> None:
    jobs = [
        Job(worker="Matrix.Probe", queue="elixir_serial", args=probe.args(), priority=priority)
        for priority in (7, 9, 0)
    ]
    # `enqueue_many` alone inserts one after the other, and Elixir could run the first before the last.
    async with await AsyncConnection.connect(database) as conn:
        await oban.enqueue_many(jobs, conn=conn)
    eventually(lambda: len(probe.seen) == 3)
    assert [seen["priority"] for seen in probe.seen] == [0, 7, 9]


@matrix(
    "tags",
    "elixir",
    caveat("Python's job has them sorted and in lower case. The row stays as it is."),
    stand_in=without_option("tags:", 'tags: ["a"]'),
)
def test_python_sees_elixirs_tags(elixir: ElixirNode, probe: Probe, until: Until) -> None:
    job_id = elixir.insert(probe.args(), 'tags: ["vip", "day-1"]')
    assert until(job_id, "completed")["tags"] == ["vip", "day-1"]
    assert probe.seen[0]["tags"] == ["day-1", "vip"]


@matrix(
    "tags",
    "python",
    caveat("Python sorts tags, and writes them in lower case."),
    stand_in=fails(
        "The stand-in does not read tags: they stay in the row, but the job does not have them."
    ),
)
async def test_elixir_sees_pythons_tags(
    oban: Oban, probe: Probe, until: Until, expected: Outcome
) -> None:
    job = await oban.enqueue(Job(args=probe.args(), tags=["VIP", "day-1"], **ELIXIR_PROBE))
    assert job.id
    assert until(job.id, "completed")["tags"] == ["day-1", "vip"]
    assert probe.seen[0].get("tags") == (["day-1", "vip"] if expected.works else None)


META = {"batch_id": "b", "nested": {"list": [1, 2.5, None, True]}, "text": "ünï"}


@matrix("meta", "elixir")
def test_python_sees_elixirs_meta(elixir: ElixirNode, probe: Probe, until: Until) -> None:
    meta = r'%{batch_id: "b", nested: %{list: [1, 2.5, nil, true]}, text: "\u00fcn\u00ef"}'
    job_id = elixir.insert(probe.args(), f"meta: {meta}")
    assert until(job_id, "completed")["meta"] == probe.seen[0]["meta"] == META


@matrix("meta", "python")
async def test_elixir_sees_pythons_meta(oban: Oban, probe: Probe, until: Until) -> None:
    job = await oban.enqueue(Job(args=probe.args(), meta=META, **ELIXIR_PROBE))
    assert job.id
    assert until(job.id, "completed")["meta"] == probe.seen[0]["meta"] == META
