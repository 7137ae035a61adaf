"""The `demo` command: Elixir enqueues, Python renders, Elixir prints."""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jsonschema
import psutil
import psycopg
import pytest

from badge_forge.demo.processes import stopped_by_signals
from helpers import (
    HANG_S,
    badge_args,
    enqueue,
    eventually,
    run,
    running,
    schema,
    states,
    text_of,
    unhurried_clock,
)

pytestmark = pytest.mark.usefixtures("elixir")


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "BADGE_FORGE_VAR": str(tmp_path),
        "RENDERERS": "1",
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }


class Demo(NamedTuple):
    """A finished demo, its folder and a connection to its database."""

    process: subprocess.CompletedProcess[str]
    var: Path
    connection: psycopg.Connection
    left_running: set[psutil.Process]
    other_job: int


@pytest.fixture(scope="module")
def demo(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A finished demo, next to another application's job with bad args."""
    var = tmp_path_factory.mktemp("var")
    environment = {"DATABASE_URL": shared_database_url, "BADGE_FORGE_VAR": str(var), "COLUMNS": "200"}
    with psycopg.connect(shared_database_url, autocommit=True) as connection:
        (other_job,) = enqueue(connection, badge_args(type="janitor"))
        before = set(psutil.Process().children(recursive=True))
        process = run("demo", "7", RENDERERS="2", NO_COLOR="1", **environment)
        left_running = set(psutil.Process().children(recursive=True)) - before
        yield Demo(process, var, connection, left_running, other_job)


def test_the_demo_renders_prints_and_lists_every_badge(demo: Demo) -> None:
    result = demo.process
    assert result.returncode == 0, result.stdout + result.stderr
    assert "rendered 7/7, printed 7/7" in result.stdout
    assert re.search(r"^7 badges forged and printed in \d+\.\d s$", result.stdout, re.MULTILINE)
    badges = demo.connection.execute(
        "SELECT args->>'id', args->>'name', args->>'type' FROM oban_jobs"
        " WHERE queue = 'badges' AND id <> %s",
        [demo.other_job],
    ).fetchall()
    assert len(badges) == 7
    for badge_id, name, type_ in badges:
        (path,) = (demo.var / "badges").glob(f"*-{badge_id}.pdf")
        assert re.search(rf"^  {re.escape(name)} +{type_} +\d+ ms$", result.stdout, re.MULTILINE)
        assert re.search(rf"│ {badge_id[:8]} │ {type_} +│ {re.escape(name)} +│", result.stdout)
        assert name.replace(" ", "") in text_of(path).replace(" ", "")
        assert (demo.var / "spool" / f"{badge_id}.pdf").read_bytes() == path.read_bytes()


def test_the_demo_names_a_contact_sheet_with_every_badge_and_where_to_look_next(demo: Demo) -> None:
    (sheet,) = re.findall(r"^Contact sheet: (/.+\.pdf)$", demo.process.stdout, re.MULTILINE)
    assert Path(sheet).parent == demo.var / "contact-sheets"
    names = demo.connection.execute(
        "SELECT args->>'name' FROM oban_jobs WHERE queue = 'badges' AND id <> %s", [demo.other_job]
    ).fetchall()
    text = "".join(text_of(Path(sheet)).split())
    assert len(names) == 7
    assert [name for (name,) in names if "".join(name.split()) not in text] == []
    for command in ("bin/badge-forge why", "make watch", "make wall", "make dash"):
        assert command in "".join(demo.process.stdout.splitlines()[-4:])


def test_the_args_of_both_jobs_follow_their_contracts(demo: Demo) -> None:
    rows = demo.connection.execute(
        "SELECT queue, worker, args, max_attempts, meta, state::text FROM oban_jobs WHERE id <> %s",
        [demo.other_job],
    ).fetchall()
    assert len(rows) == 14
    contracts = {
        "badges": ("badge_forge.generator.GenerateBadge", "generate_badge", 5),
        "printing": ("BadgeForge.PrintCenter", "print_center", 20),
    }
    batches = set()
    for queue, worker, args, max_attempts, meta, state in rows:
        assert (worker, max_attempts) == contracts[queue][::2]
        jsonschema.validate(args, schema(contracts[queue][1]))
        batches.add(meta["batch_id"])
        assert state == "completed"
    assert len(batches) == 1


def test_the_demo_keeps_other_jobs_and_leaves_no_process(demo: Demo) -> None:
    query = "SELECT state::text FROM oban_jobs WHERE id = %s"
    assert demo.connection.execute(query, [demo.other_job]).fetchone() == ("cancelled",)
    assert demo.left_running == set()


def test_two_demos_at_once_do_not_interfere(
    environment: dict[str, str], tmp_path: Path, connection: psycopg.Connection
) -> None:
    log = tmp_path / "first.log"
    with running("demo", "30", log=log, **environment) as first:
        second = run("demo", "5", **environment)
        assert first.wait(HANG_S) == 0, log.read_text()
    assert second.returncode == 0, second.stdout + second.stderr
    assert states(connection) == states(connection, "printing") == {"completed": 35}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_sigterm_and_a_closed_terminal_act_like_ctrl_c(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), stopped_by_signals():
        signal.raise_signal(number)


def test_ctrl_c_stops_the_demo_within_5_s_and_cancels_waiting_jobs(
    environment: dict[str, str],
    tmp_path: Path,
    connection: psycopg.Connection,
) -> None:
    log = tmp_path / "demo.log"
    with running("demo", "2000", log=log, **environment) as demo:
        eventually(lambda: states(connection, "printing").get("completed", 0) >= 5)
        started = psutil.Process(demo.pid).children(recursive=True)
        with unhurried_clock() as clock:
            demo.send_signal(signal.SIGINT)
            assert demo.wait(HANG_S) == 130
            assert clock() < 5
    assert [process for process in started if _runs(process)] == []
    assert "Traceback" not in log.read_text()
    assert set(states(connection)) == {"completed", "cancelled"}
    assert set(states(connection, "printing")) <= {"completed", "cancelled"}
    unexplained = "SELECT count(*) FROM oban_jobs WHERE state = 'cancelled' AND errors = '{}'"
    assert connection.execute(unexplained).fetchone() == (0,)


def test_a_demo_that_is_killed_takes_its_applications_with_it(
    environment: dict[str, str], tmp_path: Path, connection: psycopg.Connection
) -> None:
    with running("demo", "2000", log=tmp_path / "demo.log", **environment) as demo:
        eventually(lambda: states(connection, "printing").get("completed", 0) >= 1)
        started = psutil.Process(demo.pid).children(recursive=True)
        assert len([process for process in started if "beam.smp" in process.name()]) == 1
        demo.kill()
        demo.wait()
    eventually(lambda: not any(_runs(process) for process in started))


def test_the_demo_refuses_a_database_that_another_host_s_applications_use(
    environment: dict[str, str], connection: psycopg.Connection
) -> None:
    report = """
        INSERT INTO oban_producers (uuid, name, node, queue, updated_at)
        VALUES (gen_random_uuid(), 'Oban', %s, 'badges', timezone('UTC', now()) + interval '1 hour')
    """
    connection.execute(report, ["3a4f0c81e2d9.7"])
    result = run("demo", "3", **environment)
    assert result.returncode == 1
    assert "other applications already take jobs from this database (3a4f0c81e2d9.7)" in result.stderr
    assert states(connection) == {}


def test_an_application_that_fails_to_start_is_reported_with_its_last_error(
    environment: dict[str, str],
) -> None:
    result = run("demo", "3", **environment | {"PRINT_LIMIT": "none"})
    assert result.returncode == 1
    assert "ended with exit code 1: PRINT_LIMIT must be a whole number" in result.stderr


def _runs(process: psutil.Process) -> bool:
    """Tell whether a process runs. A zombie that init has not reaped yet does not."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
