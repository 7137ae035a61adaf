"""Matrix: cancelling jobs of the other side."""

import psycopg
from oban import Job, Oban

from helpers import enqueue, eventually
from matrix.cells import Outcome, caveat, fails, matrix
from matrix.jobs import ELIXIR_PROBE, PYTHON_PROBE, Probe, Row, Until
from matrix.nodes import ElixirNode

IDLE = {"queue": "idle"}
"""A queue that no process runs: its jobs stay available."""


@matrix("cancel while available", "elixir")
def test_elixir_cancels_pythons_available_job(
    elixir: ElixirNode, probe: Probe, connection: psycopg.Connection, row: Row
) -> None:
    (job_id,) = enqueue(connection, probe.args(), **PYTHON_PROBE | IDLE)
    assert elixir.evaluate(f"Oban.cancel_job({job_id})") == ":ok"
    job = row(job_id)
    assert job["state"] == "cancelled"
    assert job["cancelled_at"]
    assert job["errors"] == []


@matrix(
    "cancel while available",
    "python",
    caveat("Python notes the time of the request in `meta.cancel_attempted_at`."),
)
async def test_python_cancels_elixirs_available_job(
    oban: Oban, probe: Probe, connection: psycopg.Connection, row: Row
) -> None:
    (job_id,) = enqueue(connection, probe.args(), **ELIXIR_PROBE | IDLE)
    await oban.cancel_job(job_id)
    job = row(job_id)
    assert (job["state"], list(job["meta"])) == ("cancelled", ["cancel_attempted_at"])
    assert job["errors"] == []


@matrix("cancel while scheduled", "elixir")
async def test_elixir_cancels_pythons_scheduled_job(
    elixir: ElixirNode, oban: Oban, probe: Probe, row: Row
) -> None:
    job = await oban.enqueue(Job(args=probe.args(), scheduled_in=3600, **PYTHON_PROBE))
    assert job.id
    elixir.evaluate(f"Oban.cancel_job({job.id})")
    assert row(job.id)["state"] == "cancelled"


@matrix("cancel while scheduled", "python")
async def test_python_cancels_elixirs_scheduled_job(oban: Oban, probe: Probe, row: Row) -> None:
    job = await oban.enqueue(Job(args=probe.args(), scheduled_in=3600, **ELIXIR_PROBE))
    assert job.id
    await oban.cancel_job(job.id)
    assert row(job.id)["state"] == "cancelled"


@matrix(
    "cancel while executing",
    "elixir",
    caveat(
        "The row is `cancelled` at once, without a reason. Python's worker has to ask "
        "`job.cancelled()`, which a signal sets. One that never asks runs to its end, and its outcome "
        "is dropped."
    ),
    stand_in=caveat(
        "The row is `cancelled` at once, but the stand-in sends no signal. A worker that does not read "
        "its row runs to its end, and its outcome is dropped."
    ),
)
def test_elixir_cancels_pythons_executing_job(
    elixir: ElixirNode,
    probe: Probe,
    connection: psycopg.Connection,
    row: Row,
    until: Until,
) -> None:
    (job_id,) = enqueue(connection, probe.args("wait"), **PYTHON_PROBE)
    until(job_id, "executing")
    eventually(lambda: probe.seen)
    elixir.evaluate(f"Oban.cancel_job({job_id})")
    assert (row(job_id)["state"], row(job_id)["errors"]) == ("cancelled", [])
    if elixir.oban != "hex":
        probe.release()
    # The worker has stopped, and its acknowledgement matched no row.
    eventually(lambda: _running(connection, "python") == 0)
    assert row(job_id)["errors"] == []


@matrix(
    "cancel while executing",
    "python",
    caveat(
        "Python only sends a signal. The row stays `executing` until Elixir has ended the process and "
        "recorded `{:cancel, :shutdown}` as the reason. `badge-forge cancel` sets the state at once."
    ),
    stand_in=fails(
        "The stand-in hears no signals: the job runs to its end. "
        "`badge-forge cancel` stops a print at its next heartbeat."
    ),
)
async def test_python_cancels_elixirs_executing_job(
    oban: Oban, probe: Probe, connection: psycopg.Connection, until: Until, expected: Outcome
) -> None:
    (job_id,) = enqueue(connection, probe.args("wait"), **ELIXIR_PROBE)
    until(job_id, "executing")
    eventually(lambda: probe.seen)
    await oban.cancel_job(job_id)
    if expected.works:
        (error,) = until(job_id, "cancelled")["errors"]
        assert "failed with {:cancel, :shutdown}" in error["error"]
    else:
        probe.release()
        until(job_id, "completed")


def _running(connection: psycopg.Connection, queue: str) -> int:
    """Return how many jobs a queue runs, as its checks for Oban Web say."""
    from matrix.signals import heard

    for check in heard(connection, "gossip", lambda payload: bool(payload.get("checks"))):
        for queue_check in check["checks"]:
            if queue_check["queue"] == queue:
                return len(queue_check["running"])
    return -1
