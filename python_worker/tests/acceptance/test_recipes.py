"""The recipes of `docs/bridge.md`: plain Oban on both sides, one Elixir node and one Python process."""

import fcntl
import os
import queue
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge.settings import ROOT, VAR
from helpers import HANG_S, enqueue, eventually

pytestmark = pytest.mark.usefixtures("elixir")

RECIPES = ROOT / "examples" / "recipes"
CONSOLES = Path(__file__).parent / "recipes"


class Console:
    """A side of the bridge that evaluates lines. Iterating over `output` is for failures only."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.output: list[str] = []
        self._results: queue.Queue[str | None] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.output.append(line.rstrip("\n"))
            if line.startswith("=> "):
                self._results.put(line[3:].rstrip("\n"))
        self._results.put(None)

    def result(self) -> str:
        result = self._results.get(timeout=HANG_S)
        assert result is not None, "\n".join(self.output)
        return result

    def __call__(self, expression: str) -> str:
        """Evaluate an expression, and return its result as the language prints it."""
        assert self.process.stdin
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()
        return self.result()

    def printed(self, text: str) -> bool:
        return any(text in line for line in self.output)


class Bridge(NamedTuple):
    elixir: Console
    python: Console
    connection: psycopg.Connection

    def row(self, job_id: int, columns: str = "state::text") -> tuple[Any, ...]:
        row = self.connection.execute(
            f"SELECT {columns} FROM oban_jobs WHERE id = %s".encode(), [job_id]
        ).fetchone()
        assert row
        return row

    def skip_on_the_stand_in(self, reason: str) -> None:
        if self.elixir("Code.ensure_loaded?(Oban.Plugins.Cron)") == "false":
            pytest.skip(f"needs Oban for Elixir from Hex: the stand-in lacks this, {reason}")

    def is_idle(self, job_id: int) -> bool:
        """Tell whether neither side runs the job."""
        running = self.python("oban.check_queue('python').running")
        running += self.elixir("Oban.check_queue(queue: :elixir).running")
        return str(job_id) not in re.findall(r"\d+", running)

    def is_in(self, job_id: int, state: str) -> Callable[[], bool]:
        return lambda: self.row(job_id) == (state,)


RECORD_TRANSACTIONS = """
CREATE TABLE recorded (number bigserial, transaction bigint, id bigint, state text);
CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recorded (transaction, id, state) VALUES (txid_current(), NEW.id, NEW.state);
    RETURN NULL;
END $$;
CREATE TRIGGER record AFTER INSERT OR UPDATE ON oban_jobs FOR EACH ROW EXECUTE FUNCTION record();
"""

# As soon as such a job is fetched, its row changes, as a rescue by another process would change it.
TAKE_JOBS_FROM_THEIR_ATTEMPT = """
CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE oban_jobs SET state = 'scheduled', scheduled_at = now() + interval '1 day' WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER take AFTER UPDATE ON oban_jobs FOR EACH ROW
WHEN (NEW.state = 'executing' AND NEW.args ? 'taken') EXECUTE FUNCTION take();
"""


@pytest.fixture(scope="module")
def bridge(shared_database_url: str) -> Iterator[Bridge]:
    environment = os.environ | {"DATABASE_URL": shared_database_url}
    script = f"SCRIPT={CONSOLES / 'console.exs'}"
    python_path = {"PYTHONPATH": os.pathsep.join([str(CONSOLES), os.environ.get("PYTHONPATH", "")])}
    with (VAR / "recipes.lock").open("w") as lock:  # tests in other processes compile the same folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        compile_ = ["make", "--silent", "--directory", str(RECIPES), "compile"]
        subprocess.run(compile_, env=environment, check=True, timeout=HANG_S)
    with (
        psycopg.connect(shared_database_url, autocommit=True) as connection,
        _console("elixir", script, environment) as elixir,
        _console("python", "MODULE=console", environment | python_path) as python,
    ):
        assert (elixir.result(), python.result()) == (":ready", "ready")
        yield Bridge(elixir, python, connection)


@contextmanager
def _console(side: str, variable: str, environment: dict[str, str]) -> Iterator[Console]:
    with subprocess.Popen(
        ["make", "--silent", "--directory", RECIPES, side, variable],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        console = Console(process)
        try:
            yield console
        finally:
            for child in [*psutil.Process(process.pid).children(recursive=True), process]:
                with suppress(psutil.NoSuchProcess):  # ended in the meantime
                    child.kill()
            console.reader.join()


def _id(result: str) -> int:
    """Return the id of a job from what a language prints."""
    match = re.search(r"\bid: (\d+)|id=(\d+)|^(\d+)$", result)
    assert match, result
    return int(next(group for group in match.groups() if group))


def test_elixir_enqueues_a_job_that_python_runs(bridge: Bridge) -> None:
    job = _id(bridge.elixir('MyApp.Thumbnails.enqueue("a.png") |> elem(1) |> Map.get(:id)'))
    eventually(bridge.is_in(job, "completed"))
    assert bridge.python.printed("thumbnail of a.png")
    assert bridge.row(job, "max_attempts") == (5,)


def test_python_enqueues_a_job_that_elixir_runs(bridge: Bridge) -> None:
    bridge.python('enqueue.welcome("Ada")')
    eventually(lambda: bridge.elixir.printed("welcome, Ada"))


def test_an_answer_and_the_completion_commit_together_on_either_side(bridge: Bridge) -> None:
    bridge.connection.execute(RECORD_TRANSACTIONS)
    (job,) = enqueue(bridge.connection, {"prices": [1, 2]}, queue="python", worker="answer.worker.Total")
    eventually(lambda: bridge.python.printed("archived: 2 items: 3"))
    transactions = bridge.connection.execute(
        "SELECT array_agg(job.worker || ' ' || recorded.state ORDER BY recorded.number)"
        " FROM recorded JOIN oban_jobs job USING (id) WHERE id >= %s GROUP BY transaction",
        [job],
    ).fetchall()
    assert (["answer.worker.Total completed", "MyApp.Invoice available"],) in transactions
    assert (["MyApp.Invoice completed", "answer.archive.Archive available"],) in transactions


def test_a_job_that_was_taken_from_its_attempt_gives_no_answer(bridge: Bridge) -> None:
    bridge.connection.execute(TAKE_JOBS_FROM_THEIR_ATTEMPT)
    args = {"prices": [4], "total": 4, "taken": True}
    (python,) = enqueue(bridge.connection, args, queue="python", worker="answer.worker.Total")
    (elixir,) = enqueue(bridge.connection, args, queue="elixir", worker="MyApp.Invoice")
    for job in (python, elixir):
        eventually(lambda job=job: bridge.row(job, "attempt") == (1,) and bridge.is_idle(job))  # type: ignore[misc]
    answers = "SELECT count(*) FROM oban_jobs WHERE id > %s"
    assert bridge.connection.execute(answers, [elixir]).fetchone() == (0,)
    assert bridge.row(python) == ("scheduled",)
    # Oban for Elixir records the outcome by id alone. An error is tried again; nothing is lost.
    assert bridge.row(elixir) in [("scheduled",), ("retryable",)]


def test_elixir_asks_python_and_waits_for_the_answer(bridge: Bridge) -> None:
    ask = 'MyApp.Ask.ask("ask.worker.Capital", %{country: "Scotland"}, 60_000)'
    assert bridge.elixir(ask) == '{:ok, %{"capital" => "Edinburgh"}}'


def test_python_asks_elixir_and_waits_for_the_answer(bridge: Bridge) -> None:
    assert (
        bridge.python('ask.ask("MyApp.Reverse", {"text": "Edinburgh"}, 60)') == "{'text': 'hgrubnidE'}"
    )


def test_asking_ends_at_its_timeout_and_cancels_the_question(bridge: Bridge) -> None:
    ask = 'MyApp.Ask.ask("missing.Worker", %{n: 1}, 0)'
    assert bridge.elixir(ask) == "{:error, :timeout}"
    question = "SELECT state::text FROM oban_jobs WHERE worker = 'missing.Worker'"
    assert bridge.connection.execute(question).fetchall() == [("cancelled",)]
    assert bridge.python('ask.ask("Missing.Worker", {"n": 2}, 0)') == "'timeout'"
    # Elixir may have begun: then it records that it does not know the worker.
    question = "SELECT state::text FROM oban_jobs WHERE worker = 'Missing.Worker'"
    states = [("cancelled",)], [("retryable",)]
    eventually(lambda: bridge.connection.execute(question).fetchall() in states)


def test_a_program_that_python_runs_is_killed_when_elixir_cancels_its_job(bridge: Bridge) -> None:
    job = _id(bridge.elixir("MyApp.Encoding.start(3600) |> elem(1) |> Map.get(:id)"))
    (program,) = eventually(lambda: _programs(bridge.python))
    assert bridge.elixir(f"MyApp.Encoding.stop({job})") == ":ok"
    eventually(lambda: not program.is_running() or program.status() == psutil.STATUS_ZOMBIE)
    eventually(lambda: bridge.is_idle(job))
    assert bridge.row(job) == ("cancelled",)


def test_a_program_is_killed_when_the_signal_was_lost(bridge: Bridge) -> None:
    job = _id(bridge.elixir("MyApp.Encoding.start(3600) |> elem(1) |> Map.get(:id)"))
    eventually(lambda: _programs(bridge.python))
    bridge.connection.execute("UPDATE oban_jobs SET state = 'cancelled' WHERE id = %s", [job])
    eventually(lambda: bridge.is_idle(job) and not _programs(bridge.python))


def test_a_job_that_elixir_runs_stops_when_python_cancels_it(bridge: Bridge) -> None:
    bridge.skip_on_the_stand_in("it polls, and does not hear the signal")
    job = _id(bridge.python("cancel.export(3600)"))
    eventually(bridge.is_in(job, "executing"))
    bridge.python(f"cancel.cancel({job})")
    assert bridge.row(job) == ("cancelled",)
    assert bridge.is_idle(job)


@pytest.mark.parametrize(
    ("queue", "worker"), [("python", "progress.worker.Train"), ("elixir", "MyApp.Import")]
)
def test_either_side_reads_the_progress_of_a_running_job(
    bridge: Bridge, queue: str, worker: str
) -> None:
    (job,) = enqueue(bridge.connection, {"seconds": [0, 3600]}, queue=queue, worker=worker)
    eventually(lambda: bridge.row(job, "meta->>'progress'") == ("50",))
    assert bridge.elixir(f"MyApp.Progress.of({job})") == '{"executing", 50}'
    assert bridge.python(f"progress.progress({job})") == "('executing', 50)"
    (done,) = enqueue(bridge.connection, {"seconds": [0, 0, 0]}, queue=queue, worker=worker)
    eventually(bridge.is_in(done, "completed"))
    assert bridge.row(done, "meta->>'progress'") == ("100",)


def test_a_callback_runs_once_when_all_jobs_of_a_batch_have_ended(bridge: Bridge) -> None:
    batch = bridge.elixir('MyApp.Batch.enqueue([1, 2, "three"])').strip('"')
    rows = "SELECT id FROM oban_jobs WHERE meta->>'batch' = %s ORDER BY id"
    jobs = [row[0] for row in bridge.connection.execute(rows, [batch])]
    eventually(bridge.is_in(jobs[2], "retryable"))  # "three" fails, and is not finished
    (done,) = enqueue(bridge.connection, {"batch": batch}, queue="python", worker="batch.done.BatchDone")
    eventually(lambda: bridge.row(done, "meta ? 'snoozed'") == (True,))
    assert not bridge.elixir.printed(f"batch {batch} is done")
    assert not bridge.python.printed(f"batch {batch} is done")
    assert bridge.elixir(f"Oban.cancel_job({jobs[2]})") == ":ok"
    eventually(lambda: bridge.elixir.printed(f"batch {batch} is done"))
    eventually(lambda: bridge.python.printed(f"batch {batch} is done"))


@pytest.mark.parametrize(
    ("side", "worker"), [("python", "deploy.worker.Resize"), ("elixir", "MyApp.Resize")]
)
def test_args_of_every_version_are_processed_or_wait_for_newer_code(
    bridge: Bridge, side: str, worker: str
) -> None:
    versions = [
        {"width": 10},
        {"version": 2, "width_mm": 11},
        {"version": 3, "box": {}},
        {"width_mm": "2"},
    ]
    jobs = enqueue(bridge.connection, *versions, queue=side, worker=worker)
    for job, state in zip(jobs, ["completed", "completed", "scheduled", "cancelled"], strict=True):
        eventually(bridge.is_in(job, state))
    console = getattr(bridge, side)
    assert console.printed("width 10")
    assert console.printed("width 11")
    (error,) = bridge.row(jobs[3], "errors[1]->>'error'")
    assert 'width_mm: must be a whole number, got "2"' in error.replace("'", '"').replace("\\", "")


def test_a_trace_goes_from_elixir_through_a_span_of_python_back_to_elixir(bridge: Bridge) -> None:
    enqueued = (
        'Oban.insert!(Oban.Job.new(%{}, worker: "tracing.worker.Measure", queue: :python,'
        " meta: MyApp.Tracing.meta(%{}))).id"
    )
    job = _id(bridge.elixir(enqueued))
    eventually(bridge.is_in(job, "completed"))
    _, trace_id, parent_id, _ = bridge.row(job, "meta->>'traceparent'")[0].split("-")
    span = "[f'{s.context.trace_id:032x}-{s.context.span_id:016x} {s.parent.span_id:016x}'"
    (found,) = eval(bridge.python(span + " for s in spans.get_finished_spans()]"))
    assert found.startswith(trace_id)
    assert found.endswith(parent_id)
    eventually(lambda: bridge.elixir.printed(f'trace "00-{found.split()[0]}-01"'))
    # A context that is not valid begins a trace; the job is not at fault.
    args = {"queue": "python", "worker": "tracing.worker.Measure"}
    for meta in ({"traceparent": 7}, {"traceparent": "00-xyz"}, {}):
        (job,) = enqueue(bridge.connection, {}, meta=Jsonb(meta), **args)
        eventually(bridge.is_in(job, "completed"))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("args", "'[1]'::jsonb"),
        ("meta", "'1'::jsonb"),
        ("priority", "12"),
        ("worker", "' '"),
        ("scheduled_at", "'12000-01-01'"),
    ],
)
def test_the_schema_refuses_a_row_that_one_library_cannot_load(
    bridge: Bridge, column: str, value: str
) -> None:
    columns = {"queue": "'elixir'", "worker": "'MyApp.Welcome'"} | {column: value}
    statement = f"INSERT INTO oban_jobs ({', '.join(columns)}) VALUES ({', '.join(columns.values())})"
    with pytest.raises(psycopg.errors.CheckViolation):
        bridge.connection.execute(statement.encode())


@pytest.mark.long
@pytest.mark.parametrize(
    ("queue", "worker"), [("elixir", "MyApp.Welcome"), ("python", "enqueue.worker.Thumbnail")]
)
def test_a_schedule_of_one_side_runs_a_job_of_the_other(bridge: Bridge, queue: str, worker: str) -> None:
    if queue == "python":
        bridge.skip_on_the_stand_in("it has no cron")
    scheduled = "SELECT 1 FROM oban_jobs WHERE worker = %s AND args::text LIKE '%%cron%%'"
    eventually(lambda: bridge.connection.execute(scheduled, [worker]).fetchone())


def _programs(console: Console) -> list[psutil.Process]:
    """Return the programs that a side's workers have started."""
    children = psutil.Process(console.process.pid).children(recursive=True)
    return [child for child in children if child.name() == "sleep"]
