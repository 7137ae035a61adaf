"""Matrix: controlling queues of the other side."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from oban import Oban

from helpers import enqueue, eventually
from matrix.cells import Outcome, absent, caveat, fails, matrix
from matrix.jobs import ELIXIR_PROBE, PYTHON_PROBE, Probe, Until
from matrix.nodes import ElixirNode

Meta = Callable[[str], dict[str, Any]]

DEAF = fails("The stand-in hears no signals.")
DEAF_BUT_FOR_PAUSE = fails(
    "The stand-in hears no signals. `badge-forge pause` and `resume` reach it through the table."
)
AS_A_PAUSE = caveat(
    "Both applications pause the queue instead, and log how to continue. A stopped queue would be gone "
    "until the next start."
)
REFUSED = fails(
    "Refused: a signal would start the queue in every Oban on the database. Those that lack its workers "
    "would fail its jobs. An application ignores such a signal for a queue that it does not run."
)


@pytest.fixture
def meta(connection: psycopg.Connection) -> Iterator[Meta]:
    """Return a function that reads what the producer of a queue reports. Afterwards, both queues run."""

    def read(queue: str) -> dict[str, Any]:
        found = connection.execute(
            "SELECT meta FROM oban_producers WHERE queue = %s", [queue]
        ).fetchone()
        return dict(found[0]) if found else {}

    yield read
    for queue in ("python", "elixir"):
        request(connection, "resume", queue)


def request(connection: psycopg.Connection, action: str, queue: str) -> None:
    """Request a pause or a resume through the table, and wait until it is done."""
    connection.execute(
        "UPDATE oban_producers SET meta = meta || jsonb_build_object('requested', %s::text)"
        " WHERE queue = %s",
        [action, queue],
    )
    paused = "SELECT meta -> 'paused' FROM oban_producers WHERE queue = %s AND NOT meta ? 'requested'"
    eventually(lambda: connection.execute(paused, [queue]).fetchone() == (action == "pause",))


@matrix("pause", "elixir", stand_in=absent("`Oban.pause_queue`", "Oban.pause_queue(queue: :x)"))
def test_elixir_pauses_pythons_queue(elixir: ElixirNode, meta: Meta) -> None:
    elixir.evaluate("Oban.pause_queue(queue: :python)")
    eventually(lambda: meta("python")["paused"])


@matrix("pause", "python", stand_in=DEAF_BUT_FOR_PAUSE)
async def test_python_pauses_elixirs_queue(
    oban: Oban,
    meta: Meta,
    probe: Probe,
    connection: psycopg.Connection,
    until: Until,
    expected: Outcome,
) -> None:
    await oban.pause_queue("elixir")
    if expected.works:
        eventually(lambda: meta("elixir")["paused"])
    else:
        (job_id,) = enqueue(connection, probe.args(), **ELIXIR_PROBE)
        until(job_id, "completed")
        request(connection, "pause", "elixir")


@matrix("resume", "elixir", stand_in=absent("`Oban.resume_queue`", "Oban.resume_queue(queue: :x)"))
def test_elixir_resumes_pythons_queue(
    elixir: ElixirNode, meta: Meta, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    request(connection, "pause", "python")
    (job_id,) = enqueue(connection, probe.args(), **PYTHON_PROBE)
    elixir.evaluate("Oban.resume_queue(queue: :python)")
    until(job_id, "completed")


@matrix("resume", "python", stand_in=DEAF_BUT_FOR_PAUSE)
async def test_python_resumes_elixirs_queue(
    oban: Oban,
    meta: Meta,
    probe: Probe,
    connection: psycopg.Connection,
    until: Until,
    expected: Outcome,
) -> None:
    request(connection, "pause", "elixir")
    (job_id,) = enqueue(connection, probe.args(), **ELIXIR_PROBE)
    await oban.resume_queue("elixir")
    if not expected.works:
        assert meta("elixir")["paused"]
        request(connection, "resume", "elixir")
    until(job_id, "completed")


@matrix(
    "scale", "elixir", stand_in=absent("`Oban.scale_queue`", "Oban.scale_queue(queue: :x, limit: 1)")
)
def test_elixir_scales_pythons_queue(elixir: ElixirNode, meta: Meta) -> None:
    for limit in (2, 6):
        elixir.evaluate(f"Oban.scale_queue(queue: :python, limit: {limit})")
        eventually(lambda: meta("python")["local_limit"] == limit)  # noqa: B023


@matrix("scale", "python", stand_in=DEAF)
async def test_python_scales_elixirs_queue(
    oban: Oban, elixir: ElixirNode, meta: Meta, expected: Outcome
) -> None:
    for limit in (2, 6):
        await oban.scale_queue(queue="elixir", limit=limit)
        if expected.works:
            eventually(lambda: meta("elixir")["local_limit"] == limit)  # noqa: B023
    if not expected.works:
        assert elixir.evaluate("Oban.check_queue(queue: :elixir).limit") == "5"


@matrix(
    "start queue",
    "elixir",
    REFUSED,
    stand_in=fails("The stand-in starts no queue whose workers it lacks, and sends no signals."),
)
def test_elixir_starts_no_queue_of_python(
    elixir: ElixirNode, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    answer = elixir.evaluate("Oban.start_queue(queue: :python, limit: 1)")
    assert answer.startswith("{:error, %ArgumentError{")
    elixir.evaluate("Oban.start_queue(queue: :python, limit: 1, local_only: true)")
    ids = enqueue(connection, *(probe.args() for _ in range(20)), **PYTHON_PROBE)
    for job_id in ids:
        assert until(job_id, "completed")["errors"] == []
    assert elixir.evaluate("Oban.check_queue(queue: :python)") == "nil"


@matrix("start queue", "python", REFUSED)
async def test_python_starts_no_queue_of_elixir(
    oban: Oban, meta: Meta, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    with pytest.raises(ValueError, match="queue must be one whose workers are here"):
        await oban.start_queue(queue="elixir", limit=1)
    # As Oban for Python itself would send it, and then a signal that is heard after it.
    signals = [
        {"action": "start", "queue": "elixir", "limit": 1},
        {"action": "pause", "queue": "python"},
    ]
    for signal in signals:
        connection.execute("SELECT pg_notify('public.oban_signal', %s)", [json.dumps(signal)])
    eventually(lambda: meta("python")["paused"])
    ids = enqueue(connection, *(probe.args() for _ in range(20)), **ELIXIR_PROBE)
    for job_id in ids:
        assert until(job_id, "completed")["errors"] == []
    assert connection.execute("SELECT 1 FROM oban_producers WHERE queue = 'elixir'").rowcount == 1


@matrix(
    "stop queue",
    "elixir",
    AS_A_PAUSE,
    stand_in=fails("The stand-in's `Oban.stop_queue` acts on its node alone."),
)
def test_elixir_stops_pythons_queue(elixir: ElixirNode, meta: Meta, expected: Outcome) -> None:
    if expected.works:
        assert elixir.evaluate("Oban.stop_queue(queue: :python)") == ":ok"
        eventually(lambda: meta("python")["paused"])
    else:
        assert elixir.evaluate("Oban.stop_queue(queue: :python)") == "{:error, :not_found}"


@matrix("stop queue", "python", AS_A_PAUSE, stand_in=DEAF)
async def test_python_stops_elixirs_queue(
    oban: Oban,
    meta: Meta,
    probe: Probe,
    connection: psycopg.Connection,
    until: Until,
    expected: Outcome,
) -> None:
    await oban.stop_queue("elixir")
    if expected.works:
        eventually(lambda: meta("elixir")["paused"])
    else:
        (job_id,) = enqueue(connection, probe.args(), **ELIXIR_PROBE)
        until(job_id, "completed")
