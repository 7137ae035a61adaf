"""Matrix: what each side learns of the other's jobs."""

from pathlib import Path

import psycopg
from oban import Oban

from helpers import enqueue, eventually
from matrix.cells import Outcome, absent, caveat, fails, matrix
from matrix.jobs import ELIXIR_PROBE, PYTHON_PROBE, Probe, Until
from matrix.nodes import ElixirNode
from matrix.signals import heard


@matrix(
    "errors",
    "elixir",
    caveat("The text is a traceback: the message is its last line. Elixir's is on the first line."),
    stand_in=absent("jobs to read but those that it runs", "BadgeForge.Repo.get(Oban.Job, 1)"),
)
def test_elixir_reads_the_errors_of_pythons_job(
    elixir: ElixirNode, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    (job_id,) = enqueue(connection, probe.args("error"), **PYTHON_PROBE)
    until(job_id, "retryable")
    error = f"hd(BadgeForge.Repo.get(Oban.Job, {job_id}).errors)"
    assert elixir.evaluate(f"Enum.sort(Map.keys({error}))") == '["at", "attempt", "error"]'
    assert elixir.evaluate(f'{error}["attempt"]') == "1"
    text = elixir.evaluate(f'{error}["error"]')
    assert text.startswith('"Traceback (most recent call last)')
    assert text.endswith('ValueError: out of ink\\n"')


@matrix(
    "errors",
    "python",
    caveat("The message is on the first line. A traceback's is on its last."),
)
async def test_python_reads_the_errors_of_elixirs_job(
    oban: Oban, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    (job_id,) = enqueue(connection, probe.args("error"), **ELIXIR_PROBE)
    until(job_id, "retryable")
    job = await oban.get_job(job_id)
    assert job
    (error,) = job.errors
    assert set(error) == {"attempt", "at", "error"}
    first_line = error["error"].splitlines()[0]  # type: ignore[index]
    assert first_line == '** (Oban.PerformError) Matrix.Probe failed with {:error, "out of ink"}'


@matrix(
    "telemetry",
    "elixir",
    fails("Events stay in the process that runs the job. The other side sees the row."),
    stand_in=fails("The stand-in has none of Oban's events, and Python's stay in its process."),
)
def test_elixirs_handlers_hear_only_of_its_own_jobs(
    elixir: ElixirNode, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    elixir.evaluate("{:ok, _} = Agent.start(fn -> [] end, name: Matrix.Heard)")
    note = "Agent.update(Matrix.Heard, &[meta.job.id | &1])"
    handler = f"fn _event, _measurements, meta, _config -> {note} end"
    elixir.evaluate(f':telemetry.attach("matrix", [:oban, :job, :stop], {handler}, nil)')
    (of_python,) = enqueue(connection, probe.args(), **PYTHON_PROBE)
    (of_elixir,) = enqueue(connection, probe.args(), **ELIXIR_PROBE)
    for job_id in (of_python, of_elixir):
        until(job_id, "completed")
    if elixir.oban == "hex":
        eventually(lambda: str(of_elixir) in _ids(elixir))
    assert str(of_python) not in _ids(elixir)
    elixir.evaluate(':telemetry.detach("matrix")')


def _ids(elixir: ElixirNode) -> list[str]:
    return elixir.evaluate("Agent.get(Matrix.Heard, & &1)").strip("[]").split(", ")


@matrix(
    "telemetry",
    "python",
    fails("Events stay in the process that runs the job. The other side sees the row."),
)
def test_pythons_handlers_hear_only_of_its_own_jobs(
    telemetry: Path, probe: Probe, connection: psycopg.Connection, until: Until
) -> None:
    (of_elixir,) = enqueue(connection, probe.args(), **ELIXIR_PROBE)
    until(of_elixir, "completed")
    (of_python,) = enqueue(connection, probe.args(), **PYTHON_PROBE)
    eventually(lambda: str(of_python) in telemetry.read_text().splitlines())
    assert str(of_elixir) not in telemetry.read_text().splitlines()


@matrix(
    "metrics in Oban Web",
    "elixir",
    caveat(
        "Python needs `metrics=True`. Its leader counts the jobs of both languages: without a Python "
        "worker, counts are 0."
    ),
)
def test_oban_web_gets_pythons_queue_its_metrics_and_the_counts_of_both(
    probe: Probe, connection: psycopg.Connection
) -> None:
    (check,) = _checks(connection, "python")
    assert check["name"] == "Oban"
    assert check["uuid"]
    enqueue(connection, probe.args(), **PYTHON_PROBE)
    enqueue(connection, probe.args(), state="discarded", **ELIXIR_PROBE)
    wanted = {("exec_count", "python", "completed"), ("full_count", "elixir", "discarded")}
    for payload in heard(connection, "metrics", lambda payload: True):
        wanted -= {(metric["series"], metric["queue"], metric["state"]) for metric in payload["metrics"]}
        if not wanted:
            break


@matrix(
    "metrics in Oban Web",
    "python",
    caveat("With `oban_met`, whose reporter is off: two sides that count would double each number."),
    stand_in=fails(
        "The stand-in publishes nothing: its queue is missing, and its executing jobs look like orphans."
    ),
)
def test_oban_web_gets_elixirs_queue_and_its_metrics(
    probe: Probe, connection: psycopg.Connection, expected: Outcome
) -> None:
    if not expected.works:
        # Python publishes each second: a second message is later than any of Elixir's.
        assert _checks(connection, "python")
        assert not _checks(connection, "elixir", after=3)
        return
    (check,) = _checks(connection, "elixir")
    assert check["name"] == "Oban"
    assert check["uuid"]
    enqueue(connection, probe.args(), **ELIXIR_PROBE)
    for payload in heard(connection, "metrics", lambda payload: "elixir" in str(payload)):
        if ("exec_count", "elixir") in {(item["series"], item["queue"]) for item in payload["metrics"]}:
            break


def _checks(connection: psycopg.Connection, queue: str, after: int = 0) -> list[dict[str, object]]:
    """Return the next check of `queue`. With `after`, none if that many messages lack it."""
    for number, payload in enumerate(
        heard(connection, "gossip", lambda payload: "checks" in payload), 1
    ):
        found = [check for check in payload["checks"] if check["queue"] == queue]
        if found or number == after:
            return found
    raise AssertionError(f"no check of {queue}")
