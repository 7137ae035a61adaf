"""Each fault, often, in a batch of its own: `make chaos`."""

import os
import shutil
import time
from functools import partial
from pathlib import Path

import pytest

from badge_forge.settings import ROOT
from chaos import faults
from chaos.trial import Trial
from helpers import eventually, make_design, run

ENDLESS = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
GREEDY = "{% set x = 'x' * 900000000 %}{{ x | length }}"


def started(trial: Trial, badges: int = 0) -> None:
    """Enqueue so many badges, and start both applications."""
    if badges:
        trial.enqueue(badges)
    trial.hall.start_app()
    trial.hall.start_worker()


def frozen_with_badges_in_hand(trial: Trial) -> list[int]:
    """Stop the worker's process, as it is, while it executes jobs, and return their ids."""

    def freeze() -> list[int]:
        worker = trial.hall.process("worker")
        worker.suspend()
        rows = trial.execute("SELECT id FROM oban_jobs WHERE queue = 'badges' AND state = 'executing'")
        if not rows:
            worker.resume()
        return [job_id for (job_id,) in rows]

    return eventually(freeze)


def real_oban() -> bool:
    """Tell whether the Elixir app runs on Oban from Hex.

    Its queue may die with its connection: a print that had come out and was not recorded yet is begun
    again then, and found in the spool.
    """
    chosen = ROOT / "var" / "oban"
    return os.environ.get("OBAN", chosen.read_text() if chosen.exists() else "hex").strip() == "hex"


def seconds_until_rendered(trial: Trial, ids: list[int]) -> float:
    """Return how long from now it takes until jobs that somebody was executing are rendered."""
    began = time.monotonic()
    eventually(
        lambda: (
            trial.execute(
                "SELECT count(*) FROM oban_jobs WHERE id = ANY (%s) AND state = 'completed'", ids
            )
            == [(len(ids),)]
        ),
        90,
    )
    return time.monotonic() - began


# Processes that are killed


def test_kill_9_of_the_worker(trial: Trial) -> None:
    started(trial, badges=2_000)
    trial.fault_at_moments(20, lambda: trial.hall.kill("worker"))
    trial.settle(120)
    trial.judge("kill -9 of the worker and its renderers")


def test_kill_9_of_the_worker_alone_leaves_no_renderer(trial: Trial) -> None:
    started(trial, badges=300)
    trial.fault_at_moments(3, lambda: trial.hall.kill_process("worker"))
    trial.settle(120)
    assert len(trial.hall.renderers()) == 2
    trial.judge("kill -9 of the worker alone")


def test_kill_9_of_a_renderer(trial: Trial) -> None:
    started(trial, badges=2_000)
    trial.fault_at_moments(20, lambda: trial.hall.kill_a_renderer(trial.chance))
    trial.settle(120)
    trial.judge("kill -9, segfault or abort of a renderer")


def test_kill_9_of_the_elixir_app(trial: Trial) -> None:
    started(trial, badges=2_000)
    trial.fault_at_moments(20, lambda: trial.hall.kill("app"))
    trial.settle(120)
    trial.judge("kill -9 of the Elixir app", printed_once=False)


def test_kill_9_of_all_three_at_once(trial: Trial) -> None:
    started(trial, badges=600)
    trial.fault_at_moments(5, lambda: trial.hall.kill("worker", "app"))
    trial.settle(120)
    trial.judge("kill -9 of the worker, its renderers and the Elixir app at once", printed_once=False)


def test_a_badge_in_hand_is_rendered_again_within_a_minute_of_kill_9(trial: Trial) -> None:
    started(trial, badges=400)
    trial.await_rendered(50)
    executing = frozen_with_badges_in_hand(trial)
    trial.fault(lambda: trial.hall.kill("worker"))
    assert seconds_until_rendered(trial, executing) < 60
    trial.settle(60)
    trial.judge("kill -9 of the worker: badges in hand")


# The database


def test_the_database_is_stopped_for_ten_seconds(trial: Trial) -> None:
    started(trial, badges=600)
    trial.fault_at_moments(2, lambda: faults.restart(trial.server, after_s=10))
    trial.settle(120)
    trial.judge("PostgreSQL stopped for 10 s", printed_once=not real_oban())


def test_the_database_is_restarted(trial: Trial) -> None:
    started(trial, badges=600)
    trial.fault_at_moments(5, lambda: faults.restart(trial.server))
    trial.settle(120)
    trial.judge("PostgreSQL restarted", printed_once=not real_oban())


def test_the_database_crashes(trial: Trial) -> None:
    started(trial, badges=600)
    trial.fault_at_moments(3, lambda: faults.crash(trial.server))
    trial.settle(120)
    trial.judge("kill -9 of PostgreSQL", printed_once=not real_oban())


def test_every_connection_is_terminated(trial: Trial) -> None:
    started(trial, badges=1_000)
    trial.fault_at_moments(20, lambda: faults.terminate_connections(trial))
    trial.settle(120)
    trial.judge("every connection terminated", printed_once=not real_oban())


def test_somebody_is_idle_in_a_transaction(trial: Trial) -> None:
    started(trial, badges=600)

    def forget_to_commit() -> None:
        with faults.idle_in_transaction(trial):
            time.sleep(12)  # longer than the lock time-out: that is the fault

    trial.fault_at_moments(2, forget_to_commit)
    trial.settle(120)
    trial.judge("rows locked for 12 s by an idle transaction", printed_once=not real_oban())


# Badges that can't be rendered


def test_a_page_without_end(trial: Trial, tmp_path: Path) -> None:
    make_design(tmp_path, ENDLESS)
    trial.enqueue(300)
    trial.enqueue(3, max_attempts=2, design="mine")
    trial.hall.start_app()
    trial.hall.start_worker(DESIGNS_DIR=str(tmp_path), RENDER_TIMEOUT_S="3")
    trial.fault(lambda: trial.await_rendered(1))
    trial.settle(120)
    trial.judge("a page without end", given_up=3)


def test_a_page_that_eats_memory(trial: Trial, tmp_path: Path) -> None:
    make_design(tmp_path, GREEDY)
    trial.enqueue(300)
    trial.enqueue(3, max_attempts=2, design="mine")
    trial.hall.start_app()
    trial.hall.start_worker(DESIGNS_DIR=str(tmp_path), RENDERER_MEMORY_MIB="512")
    trial.fault(lambda: trial.await_rendered(1))
    trial.settle(120)
    trial.judge("a page that eats memory without end", given_up=3)


# The disk


def test_the_disk_is_full(trial: Trial) -> None:
    with faults.small_disk(trial.hall.badges, "2m"):
        started(trial, badges=400)
        eventually(lambda: trial.states().get("retryable", 0) >= 20, 60)
        trial.fault(lambda: faults.remount(trial.hall.badges, "size=64m"))
        trial.settle(180)
        trial.judge("the disk full")


def test_the_spools_disk_is_full(trial: Trial) -> None:
    with faults.small_disk(trial.hall.spool, "2m"):
        started(trial, badges=400)
        eventually(lambda: trial.states("printing").get("retryable", 0) >= 20, 60)
        trial.fault(lambda: faults.remount(trial.hall.spool, "size=64m"))
        trial.settle(180)
        trial.judge("the spool's disk full")


def test_the_disk_turns_read_only(trial: Trial) -> None:
    with faults.small_disk(trial.hall.badges, "64m"):
        started(trial, badges=400)
        trial.await_rendered(50)
        # Refused while a file is open for writing, as the kernel does: tried until no badge is.
        eventually(lambda: _remounted(trial.hall.badges, "ro"), 20)
        eventually(lambda: trial.states().get("retryable", 0) >= 20, 60)
        trial.fault(lambda: faults.remount(trial.hall.badges, "rw"))
        trial.settle(180)
        trial.judge("the disk read-only")


def test_the_badges_folder_is_removed(trial: Trial) -> None:
    started(trial, badges=400)
    trial.fault_at_moments(3, lambda: faults.remove(trial.hall.badges))
    trial.settle(180, hurry=True)
    again = run("retry", "--all", DATABASE_URL=trial.url, BADGES_DIR=str(trial.hall.badges))
    assert again.returncode == 0, again.stderr
    trial.settle(180, hurry=True)
    # Those that were printed before are in the spool; their PDFs went with the folder.
    trial.judge("the badges folder removed", gone=True)


def _remounted(folder: Path, options: str) -> bool:
    try:
        faults.remount(folder, options)
    except AssertionError:
        return False
    return True


# Deployments


def test_sigterm_in_the_middle_of_a_batch_leaves_nothing_to_rescue(trial: Trial) -> None:
    started(trial, badges=600)

    def deploy() -> None:
        trial.hall.await_forging("worker")
        assert trial.hall.stop("worker") == 0
        assert "executing" not in trial.states()
        trial.hall.start_worker()

    trial.fault_at_moments(5, deploy)
    trial.settle(60)
    assert nothing_failed(trial)
    trial.judge("SIGTERM to the worker")


def test_sigterm_while_the_database_is_gone(trial: Trial) -> None:
    started(trial, badges=300)

    def stop_both() -> None:
        trial.hall.await_forging("worker")
        trial.server.stop()
        assert trial.hall.stop("worker") == 1  # it says so: what was running has to be rescued
        trial.server.start()
        trial.hall.start_worker()

    trial.fault_at_moments(1, stop_both)
    trial.settle(120)
    trial.judge("SIGTERM to the worker while PostgreSQL is stopped", printed_once=not real_oban())


def test_rolling_restarts(trial: Trial) -> None:
    trial.enqueue(2_000)
    trial.hall.start_app()
    trial.hall.start_worker("worker-0")
    old = "worker-0"
    # Half of the badges are for the seconds in which the successors start, beside those who work.
    for number, _moment in enumerate(trial.moments(5, until=0.5), start=1):
        trial.hall.start_worker(f"worker-{number}")
        trial.hall.await_forging(f"worker-{number}")
        trial.require_work()
        trial.fault(partial(trial.hall.stop, old))
        old = f"worker-{number}"
    trial.settle(240)
    assert nothing_failed(trial)
    trial.judge("rolling restarts")


def nothing_failed(trial: Trial) -> bool:
    """Tell whether every badge was done at its first attempt, and none waited for its rescue."""
    return trial.execute(
        "SELECT count(*) FROM oban_jobs"
        " WHERE queue = 'badges' AND (attempt <> 1 OR cardinality(errors) > 0)"
    ) == [(0,)]


# More than one, and much


def test_two_workers_on_one_table(trial: Trial) -> None:
    started(trial, badges=1_000)
    trial.hall.start_worker("worker-2")
    trial.fault_at_moments(4, lambda: trial.hall.kill(trial.chance.choice(["worker", "worker-2"])))
    trial.settle(120)
    trial.judge("two workers, one of them killed")


@pytest.mark.parametrize("offset", ["+1h", "-1h"])
def test_a_worker_whose_clock_is_an_hour_off(trial: Trial, offset: str) -> None:
    if not shutil.which("faketime"):
        pytest.skip("no faketime here, which turns a clock: `apt-get install faketime`")
    started(trial, badges=400)
    trial.hall.start_worker("worker-2", "faketime", "-f", offset)
    trial.fault_at_moments(2, lambda: trial.hall.kill("worker"))
    trial.settle(120)
    trial.judge(f"a worker's clock off by {offset}, the other one killed")


def test_a_table_of_200_000_rows(trial: Trial) -> None:
    trial.execute(
        "INSERT INTO oban_jobs (queue, worker, args, state, completed_at, scheduled_at)"
        " SELECT 'badges', 'badge_forge.generator.GenerateBadge', jsonb_build_object('id', n),"
        " 'completed', timezone('UTC', now()), timezone('UTC', now())"
        " FROM generate_series(1, 200000) AS n"
    )
    try:
        started(trial, badges=1_000)
        for _moment in trial.moments(3, until=0.5):
            trial.fault(lambda: trial.hall.kill("worker"))
        trial.settle(120)
    finally:
        trial.execute("DELETE FROM oban_jobs WHERE args ->> 'name' IS NULL")
    trial.judge("200,000 rows in the table, the worker killed")


# What somebody wants to stop


def executing_prints(trial: Trial) -> list[int]:
    rows = trial.execute("SELECT id FROM oban_jobs WHERE queue = 'printing' AND state = 'executing'")
    return [job_id for (job_id,) in rows]


def test_a_print_that_is_cancelled_stops_and_its_row_stays_cancelled(trial: Trial) -> None:
    trial.enqueue(3)
    trial.hall.start_app(CHAOS_PRINTER="takes 15")
    trial.hall.start_worker()
    eventually(lambda: len(executing_prints(trial)) == 3, 60)
    unwanted = executing_prints(trial)[0]
    trial.fault(lambda: run("cancel", str(unwanted), DATABASE_URL=trial.url))
    trial.settle(60)
    assert trial.execute("SELECT id FROM oban_jobs WHERE state = 'cancelled'") == [(unwanted,)]
    assert len(trial.hall.printed_log.read_text().split()) == 2
    trial.judge("a print cancelled from Python", given_up=1)


def test_a_pause_from_python_reaches_elixir(trial: Trial) -> None:
    started(trial)
    trial.enqueue(20)
    trial.settle(60)  # both run

    trial.fault(lambda: run("pause", "printing", DATABASE_URL=trial.url))
    trial.enqueue(20)
    trial.await_rendered(40)
    time.sleep(3)  # three polls: that nothing comes can't be awaited
    assert trial.states("printing") == {"completed": 20, "available": 20}
    run("resume", "printing", DATABASE_URL=trial.url)
    trial.settle(60)
    trial.judge("printing paused from Python")


def test_a_pause_from_elixir_reaches_python(trial: Trial) -> None:
    if not real_oban():
        pytest.skip("the stand-in for Oban sends no signals")
    started(trial)
    trial.enqueue(20)
    trial.settle(60)

    trial.fault(lambda: trial.hall.evaluate("Oban.pause_queue(queue: :badges)"))
    paused = "SELECT meta -> 'paused' FROM oban_producers WHERE queue = 'badges'"
    eventually(lambda: trial.execute(paused) == [(True,)])
    trial.enqueue(20)
    time.sleep(3)
    assert trial.states() == {"completed": 20, "available": 20}
    trial.hall.evaluate("Oban.resume_queue(queue: :badges)")
    trial.settle(60)
    trial.judge("badges paused from Elixir")


def test_a_badge_that_is_cancelled_in_elixir_is_not_rendered(trial: Trial, tmp_path: Path) -> None:
    if not real_oban():
        pytest.skip("the stand-in for Oban cancels nothing")
    make_design(tmp_path, ENDLESS)
    trial.hall.start_app()
    trial.hall.start_worker(DESIGNS_DIR=str(tmp_path))
    trial.enqueue(1, design="mine")
    eventually(lambda: trial.states() == {"executing": 1})
    renderers = trial.hall.renderers()
    ((job_id,),) = trial.execute("SELECT id FROM oban_jobs")
    trial.fault(lambda: trial.hall.evaluate(f"Oban.cancel_job({job_id})"))
    eventually(lambda: any(not renderer.is_running() for renderer in renderers), 5)
    assert trial.states() == {"cancelled": 1}
    # Oban for Elixir writes down no reason.
    trial.execute('UPDATE oban_jobs SET errors = ARRAY[\'{"error": "in iex"}\'::jsonb]')
    trial.enqueue(20)
    trial.settle(60)
    trial.judge("a badge cancelled from Elixir", given_up=1)


# Printers


def test_a_slow_printer(trial: Trial) -> None:
    trial.enqueue(300)
    trial.hall.start_app(CHAOS_PRINTER="slow")
    trial.hall.start_worker()
    trial.fault(lambda: trial.await_rendered(1))
    trial.settle(120)
    trial.judge("a slow printer")


def test_a_printer_that_fails_half_the_time(trial: Trial) -> None:
    trial.enqueue(300)
    trial.hall.start_app(CHAOS_PRINTER="failing")
    trial.hall.start_worker()
    trial.fault(lambda: trial.await_rendered(1))
    trial.settle(180, hurry=True)
    trial.judge("a printer that fails half the time")


def test_a_printer_that_blocks_for_ever(trial: Trial) -> None:
    trial.enqueue(100)
    trial.hall.start_app(CHAOS_PRINTER="blocking", PRINT_TIMEOUT_S="5")
    trial.hall.start_worker()
    trial.fault(lambda: trial.await_rendered(1))
    trial.settle(180)
    trial.judge("a printer that blocks for ever, one badge in ten")
