"""Every kind of fault, repeated during a separate batch: `make chaos`."""

import os
import shutil
import time
from functools import partial
from pathlib import Path

import pytest

from badge_forge.settings import ROOT
from chaos import faults
from chaos.fault_run import FaultRun
from helpers import HANG_S, eventually, make_design, run, unhurried_clock

pytestmark = pytest.mark.long

ENDLESS = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
GREEDY = "{% set x = 'x' * 900000000 %}{{ x | length }}"


def started(fault_run: FaultRun, badges: int = 0) -> None:
    """Enqueue `badges` badges, and start both applications."""
    if badges:
        fault_run.enqueue(badges)
    fault_run.deployment.start_app()
    fault_run.deployment.start_worker()


def freeze_with_executing_badges(fault_run: FaultRun) -> list[int]:
    """Suspend the worker's process while it executes jobs, and return their ids."""

    def freeze() -> list[int]:
        worker = fault_run.deployment.process("worker")
        worker.suspend()
        rows = fault_run.execute(
            "SELECT id FROM oban_jobs WHERE queue = 'badges' AND state = 'executing'"
        )
        if not rows:
            worker.resume()
        return [job_id for (job_id,) in rows]

    return eventually(freeze)


def real_oban() -> bool:
    """Tell whether the Elixir app runs on Oban from Hex.

    Its queue may die with its connection. A print that was in the spool, but not yet recorded, then
    starts again and finds its file there.
    """
    chosen = ROOT / "var" / "oban"
    return os.environ.get("OBAN", chosen.read_text() if chosen.exists() else "hex").strip() == "hex"


def all_completed(fault_run: FaultRun, ids: list[int]) -> bool:
    """Tell whether all of these jobs are completed."""
    completed = "SELECT count(*) FROM oban_jobs WHERE id = ANY (%s) AND state = 'completed'"
    return fault_run.execute(completed, ids) == [(len(ids),)]


# Processes that are killed


def test_kill_9_of_the_worker(fault_run: FaultRun) -> None:
    started(fault_run, badges=2_000)
    fault_run.fault_at_moments(20, lambda: fault_run.deployment.kill("worker"))
    fault_run.settle()
    fault_run.judge("kill -9 of the worker and its renderers")


def test_kill_9_of_the_worker_alone_leaves_no_renderer(fault_run: FaultRun) -> None:
    started(fault_run, badges=300)
    fault_run.fault_at_moments(3, lambda: fault_run.deployment.kill_process("worker"))
    fault_run.settle()
    assert len(fault_run.deployment.renderers()) == 2
    fault_run.judge("kill -9 of the worker alone")


def test_kill_9_of_a_renderer(fault_run: FaultRun) -> None:
    started(fault_run, badges=2_000)
    fault_run.fault_at_moments(20, lambda: fault_run.deployment.kill_a_renderer(fault_run.rng))
    fault_run.settle()
    fault_run.judge("kill -9, segfault or abort of a renderer")


def test_kill_9_of_the_elixir_app(fault_run: FaultRun) -> None:
    started(fault_run, badges=2_000)
    fault_run.fault_at_moments(20, lambda: fault_run.deployment.kill("app"))
    fault_run.settle()
    fault_run.judge("kill -9 of the Elixir app", printed_once=False)


def test_kill_9_of_worker_renderers_and_app_at_once(fault_run: FaultRun) -> None:
    started(fault_run, badges=600)
    fault_run.fault_at_moments(5, lambda: fault_run.deployment.kill("worker", "app"))
    fault_run.settle()
    fault_run.judge(
        "kill -9 of the worker, its renderers and the Elixir app at once", printed_once=False
    )


def test_an_executing_badge_is_rendered_again_within_a_minute_of_kill_9(fault_run: FaultRun) -> None:
    started(fault_run, badges=400)
    fault_run.await_rendered(50)
    executing = freeze_with_executing_badges(fault_run)
    with unhurried_clock() as clock:
        fault_run.fault(lambda: fault_run.deployment.kill("worker"))
        eventually(lambda: all_completed(fault_run, executing), 60, clock)
    fault_run.settle()
    fault_run.judge("kill -9 of the worker: executing badges")


# The database


def test_the_database_is_stopped_for_10_seconds(fault_run: FaultRun) -> None:
    started(fault_run, badges=600)
    fault_run.fault_at_moments(2, lambda: faults.restart(fault_run.server, after_s=10))
    fault_run.settle()
    fault_run.judge("PostgreSQL stopped for 10 s", printed_once=not real_oban())


def test_the_database_is_restarted(fault_run: FaultRun) -> None:
    started(fault_run, badges=600)
    fault_run.fault_at_moments(5, lambda: faults.restart(fault_run.server))
    fault_run.settle()
    fault_run.judge("PostgreSQL restarted", printed_once=not real_oban())


def test_the_database_crashes(fault_run: FaultRun) -> None:
    started(fault_run, badges=600)
    fault_run.fault_at_moments(3, lambda: faults.crash(fault_run.server))
    fault_run.settle()
    fault_run.judge("kill -9 of PostgreSQL", printed_once=not real_oban())


def test_every_connection_is_terminated(fault_run: FaultRun) -> None:
    started(fault_run, badges=1_000)
    fault_run.fault_at_moments(20, lambda: faults.terminate_connections(fault_run))
    fault_run.settle()
    fault_run.judge("every connection terminated", printed_once=not real_oban())


def test_a_client_is_idle_in_a_transaction(fault_run: FaultRun) -> None:
    started(fault_run, badges=2000)  # 12 s are enough for 600

    def forget_to_commit() -> None:
        with faults.idle_in_transaction(fault_run):
            time.sleep(12)  # the fault: longer than the lock time-out

    fault_run.fault_at_moments(2, forget_to_commit)
    fault_run.settle()
    fault_run.judge("rows locked for 12 s by an idle transaction", printed_once=not real_oban())


def test_no_connection_is_left(fault_run: FaultRun) -> None:
    started(fault_run, badges=600)

    def take_all() -> None:
        with faults.no_connection_left(fault_run, reconnect=False):
            time.sleep(12)  # the fault: longer than the wait for a connection

    fault_run.fault_at_moments(2, take_all)
    fault_run.settle()
    assert nothing_failed(fault_run)
    fault_run.judge("max_connections reached for 12 s")


def test_no_connection_is_left_to_connect_again(fault_run: FaultRun) -> None:
    started(fault_run, badges=600)

    def take_all() -> None:
        with faults.no_connection_left(fault_run, reconnect=True):
            time.sleep(12)

    fault_run.fault_at_moments(2, take_all)
    fault_run.settle()
    fault_run.judge(
        "max_connections reached for 12 s, every connection terminated", printed_once=not real_oban()
    )


# Badges that can't be rendered


def test_an_endless_page(fault_run: FaultRun, tmp_path: Path) -> None:
    make_design(tmp_path, ENDLESS)
    fault_run.enqueue(300)
    fault_run.enqueue(3, max_attempts=2, design="mine")
    fault_run.deployment.start_app()
    fault_run.deployment.start_worker(DESIGNS_DIR=str(tmp_path), RENDER_TIMEOUT_S="3")
    fault_run.fault(lambda: fault_run.await_rendered(1))
    fault_run.settle()
    fault_run.judge("an endless page", given_up=3)


def test_a_page_that_needs_too_much_memory(fault_run: FaultRun, tmp_path: Path) -> None:
    make_design(tmp_path, GREEDY)
    fault_run.enqueue(300)
    fault_run.enqueue(3, max_attempts=2, design="mine")
    fault_run.deployment.start_app()
    fault_run.deployment.start_worker(DESIGNS_DIR=str(tmp_path), RENDERER_MEMORY_MIB="512")
    fault_run.fault(lambda: fault_run.await_rendered(1))
    fault_run.settle()
    fault_run.judge("a page that needs too much memory", given_up=3)


def test_a_page_that_needs_more_memory_than_the_container_has(
    fault_run: FaultRun, tmp_path: Path
) -> None:
    make_design(tmp_path, GREEDY)
    fault_run.enqueue(300)
    fault_run.enqueue(3, max_attempts=2, design="mine")
    with (
        faults.memory_limit("worker", 600) as limited,
        faults.memory_limit("app", 400) as limited_app,
    ):
        fault_run.deployment.start_app(*limited_app)
        fault_run.deployment.start_worker(
            "worker", *limited, DESIGNS_DIR=str(tmp_path), RENDERER_MEMORY_MIB="4096"
        )
        fault_run.fault(lambda: fault_run.await_rendered(1))
        fault_run.settle()
        fault_run.deployment.stop("worker")
        fault_run.deployment.stop("app")
    fault_run.judge("a page that uses all memory of the worker's control group", given_up=3)


# The disk


def test_backups_by_hard_links_never_change(fault_run: FaultRun) -> None:
    started(fault_run, badges=600)
    links: dict[Path, bytes] = {}

    def link_and_kill() -> None:
        links.update(faults.link_files(fault_run))
        fault_run.deployment.kill("worker", "app")

    fault_run.fault_at_moments(3, link_and_kill)
    fault_run.settle()
    assert links
    assert [link for link, content in links.items() if link.read_bytes() != content] == []
    fault_run.judge("hard links to badges, both applications killed", printed_once=False)


def test_the_disk_is_full(fault_run: FaultRun) -> None:
    with faults.small_disk(fault_run.deployment.badges, "2m"):
        started(fault_run, badges=400)
        eventually(lambda: fault_run.states().get("retryable", 0) >= 20)
        fault_run.fault(lambda: faults.remount(fault_run.deployment.badges, "size=64m"))
        fault_run.settle()
        fault_run.judge("the disk full")


def test_the_spools_disk_is_full(fault_run: FaultRun) -> None:
    with faults.small_disk(fault_run.deployment.spool, "2m"):
        started(fault_run, badges=400)
        eventually(lambda: fault_run.states("printing").get("retryable", 0) >= 20)
        fault_run.fault(lambda: faults.remount(fault_run.deployment.spool, "size=64m"))
        fault_run.settle()
        fault_run.judge("the spool's disk full")


def test_the_disk_becomes_read_only(fault_run: FaultRun) -> None:
    with faults.small_disk(fault_run.deployment.badges, "64m"):
        started(fault_run, badges=400)
        fault_run.await_rendered(50)
        # The kernel refuses this while a file is open for writing, so it is repeated.
        eventually(lambda: _remounted(fault_run.deployment.badges, "ro"))
        eventually(lambda: fault_run.states().get("retryable", 0) >= 20)
        fault_run.fault(lambda: faults.remount(fault_run.deployment.badges, "rw"))
        fault_run.settle()
        fault_run.judge("the disk read-only")


def test_the_badges_folder_is_removed(fault_run: FaultRun) -> None:
    started(fault_run, badges=400)
    fault_run.fault_at_moments(3, lambda: faults.remove(fault_run.deployment.badges))
    fault_run.settle(skip_backoff=True)
    again = run(
        "retry", "--all", DATABASE_URL=fault_run.url, BADGES_DIR=str(fault_run.deployment.badges)
    )
    assert again.returncode == 0, again.stderr
    fault_run.settle(skip_backoff=True)
    # Printed badges are in the spool; their PDFs were removed with the folder.
    fault_run.judge("the badges folder removed", pdfs_removed=True)


def _remounted(folder: Path, options: str) -> bool:
    try:
        faults.remount(folder, options)
    except AssertionError:
        return False
    return True


# Deployments


def test_sigterm_in_the_middle_of_a_batch_leaves_nothing_to_rescue(fault_run: FaultRun) -> None:
    started(fault_run, badges=600)

    def deploy() -> None:
        fault_run.deployment.await_forging("worker")
        assert fault_run.deployment.stop("worker") == 0
        assert "executing" not in fault_run.states()
        fault_run.deployment.start_worker()

    fault_run.fault_at_moments(5, deploy)
    fault_run.settle()
    assert nothing_failed(fault_run)
    fault_run.judge("SIGTERM to the worker")


def test_sigterm_while_the_database_is_stopped(fault_run: FaultRun) -> None:
    started(fault_run, badges=300)

    def stop_both() -> None:
        fault_run.deployment.await_forging("worker")
        fault_run.server.stop()
        # It could not return its jobs, so they must be rescued.
        assert fault_run.deployment.stop("worker") == 1
        fault_run.server.start()
        fault_run.deployment.start_worker()

    fault_run.fault_at_moments(1, stop_both)
    fault_run.settle()
    fault_run.judge("SIGTERM to the worker while PostgreSQL is stopped", printed_once=not real_oban())


def test_rolling_restarts(fault_run: FaultRun) -> None:
    fault_run.enqueue(2_000)
    fault_run.deployment.start_app()
    fault_run.deployment.start_worker("worker-0")
    old = "worker-0"
    # The other half of the badges keeps the workers busy while their successors start.
    for number, _moment in enumerate(fault_run.moments(5, until=0.5), start=1):
        fault_run.deployment.start_worker(f"worker-{number}")
        fault_run.deployment.await_forging(f"worker-{number}")
        fault_run.require_work()
        fault_run.fault(partial(fault_run.deployment.stop, old))
        old = f"worker-{number}"
    fault_run.settle()
    assert nothing_failed(fault_run)
    fault_run.judge("rolling restarts")


def nothing_failed(fault_run: FaultRun) -> bool:
    """Tell whether every badge succeeded on its first attempt, without an error."""
    return fault_run.execute(
        "SELECT count(*) FROM oban_jobs"
        " WHERE queue = 'badges' AND (attempt <> 1 OR cardinality(errors) > 0)"
    ) == [(0,)]


# Several workers, and a large table


def test_two_workers_on_one_table(fault_run: FaultRun) -> None:
    started(fault_run, badges=1_000)
    fault_run.deployment.start_worker("worker-2")
    fault_run.fault_at_moments(
        4, lambda: fault_run.deployment.kill(fault_run.rng.choice(["worker", "worker-2"]))
    )
    fault_run.settle()
    fault_run.judge("two workers, one of them killed")


def test_two_workers_and_two_elixir_apps_on_one_table(fault_run: FaultRun) -> None:
    started(fault_run, badges=1_000)
    fault_run.deployment.start_worker("worker-2")
    fault_run.deployment.start_app(name="app-2")
    names = ["worker", "worker-2", "app", "app-2"]
    fault_run.fault_at_moments(6, lambda: fault_run.deployment.kill(fault_run.rng.choice(names)))
    fault_run.settle()
    fault_run.judge("two workers and two Elixir apps, one of them killed", printed_once=False)


def test_the_clocks_of_both_applications_jump_by_an_hour(fault_run: FaultRun, tmp_path: Path) -> None:
    clock = faults.Clock(tmp_path)
    fault_run.enqueue(600)
    fault_run.deployment.start_app(*clock.prefix)
    fault_run.deployment.start_worker("worker", *clock.prefix)
    offsets = iter(fault_run.rng.sample([3600, -3600, 0] * 2, 6))
    fault_run.fault_at_moments(6, lambda: clock.jump(next(offsets)))
    fault_run.settle()
    assert nothing_failed(fault_run)
    fault_run.judge("the clocks of both applications jump by an hour")


@pytest.mark.parametrize("offset", ["+1h", "-1h"])
def test_a_worker_whose_clock_is_an_hour_off(fault_run: FaultRun, offset: str) -> None:
    if not shutil.which("faketime"):
        pytest.skip("faketime is missing, which shifts the clock: run `apt-get install faketime`")
    started(fault_run, badges=400)
    fault_run.deployment.start_worker("worker-2", "faketime", "-f", offset)
    fault_run.fault_at_moments(2, lambda: fault_run.deployment.kill("worker"))
    fault_run.settle()
    fault_run.judge(f"a worker's clock off by {offset}, the other one killed")


FINISHED = """
INSERT INTO oban_jobs (queue, worker, args, state, completed_at, scheduled_at)
SELECT 'badges', 'badge_forge.generator.GenerateBadge', jsonb_build_object('id', n),
    'completed', timezone('UTC', now()), timezone('UTC', now())
FROM generate_series(1, 1000000) AS n
"""

POISONED = """
INSERT INTO oban_jobs (queue, worker, args, priority)
SELECT queue, worker, jsonb_build_object('id', gen_random_uuid()), 0
FROM generate_series(1, %s), (VALUES
    ('badges', 'badge_forge.generator.GenerateBadge'), ('printing', 'BadgeForge.PrintCenter')
) AS own (queue, worker)
"""


POISONED_JOBS = int(os.environ.get("POISONED") or 10_000)
"""In each queue. 50,000 take five minutes or more."""


def test_poisoned_jobs_in_each_queue_ahead_of_good_ones(fault_run: FaultRun) -> None:
    fault_run.execute(POISONED, POISONED_JOBS)
    started(fault_run, badges=100)
    began = time.monotonic()
    for queue in ("badges", "printing"):
        eventually(
            lambda: fault_run.states(queue).get("cancelled") == POISONED_JOBS,  # noqa: B023
            HANG_S + POISONED_JOBS * 0.05,
        )
        print(f"{queue}: {POISONED_JOBS} jobs cancelled in {time.monotonic() - began:.0f} s")
    fault_run.settle()
    assert fault_run.states() == {"completed": 100, "cancelled": POISONED_JOBS}
    fault_run.execute("DELETE FROM oban_jobs WHERE NOT args ? 'name'")
    fault_run.judge(f"{POISONED_JOBS:,} poisoned jobs in each queue, ahead of good ones")


def test_a_table_of_1_000_000_rows(fault_run: FaultRun) -> None:
    fault_run.execute(FINISHED)
    try:
        started(fault_run, badges=1_000)
        for _moment in fault_run.moments(3, until=0.5):
            fault_run.fault(lambda: fault_run.deployment.kill("worker"))
        fault_run.settle()
    finally:
        fault_run.execute("DELETE FROM oban_jobs WHERE args ->> 'name' IS NULL")
    fault_run.judge("1,000,000 rows in the table, the worker killed")


# Cancelling and pausing


def executing_prints(fault_run: FaultRun) -> list[int]:
    rows = fault_run.execute("SELECT id FROM oban_jobs WHERE queue = 'printing' AND state = 'executing'")
    return [job_id for (job_id,) in rows]


def test_a_cancelled_print_stops_and_stays_cancelled(fault_run: FaultRun) -> None:
    fault_run.enqueue(3)
    fault_run.deployment.start_app(CHAOS_PRINTER="takes 15")
    fault_run.deployment.start_worker()
    eventually(lambda: len(executing_prints(fault_run)) == 3)
    unwanted = executing_prints(fault_run)[0]
    fault_run.fault(lambda: run("cancel", str(unwanted), DATABASE_URL=fault_run.url))
    fault_run.settle()
    assert fault_run.execute("SELECT id FROM oban_jobs WHERE state = 'cancelled'") == [(unwanted,)]
    assert len(fault_run.deployment.printed_log.read_text().split()) == 2
    fault_run.judge("a print cancelled from Python", given_up=1)


def test_a_pause_from_python_reaches_elixir(fault_run: FaultRun) -> None:
    started(fault_run)
    fault_run.enqueue(20)
    fault_run.settle()  # both queues run

    fault_run.fault(lambda: run("pause", "printing", DATABASE_URL=fault_run.url))
    fault_run.enqueue(20)
    fault_run.await_rendered(40)
    time.sleep(3)  # three polls: there is no event to wait for
    assert fault_run.states("printing") == {"completed": 20, "available": 20}
    run("resume", "printing", DATABASE_URL=fault_run.url)
    fault_run.settle()
    fault_run.judge("printing paused from Python")


def test_a_pause_from_elixir_reaches_python(fault_run: FaultRun) -> None:
    if not real_oban():
        pytest.skip("the stand-in for Oban sends no signals")
    started(fault_run)
    fault_run.enqueue(20)
    fault_run.settle()

    fault_run.fault(lambda: fault_run.deployment.evaluate("Oban.pause_queue(queue: :badges)"))
    paused = "SELECT meta -> 'paused' FROM oban_producers WHERE queue = 'badges'"
    eventually(lambda: fault_run.execute(paused) == [(True,)])
    fault_run.enqueue(20)
    time.sleep(3)
    assert fault_run.states() == {"completed": 20, "available": 20}
    fault_run.deployment.evaluate("Oban.resume_queue(queue: :badges)")
    fault_run.settle()
    fault_run.judge("badges paused from Elixir")


def test_a_badge_cancelled_from_elixir_is_not_rendered(fault_run: FaultRun, tmp_path: Path) -> None:
    if not real_oban():
        pytest.skip("the stand-in for Oban cancels nothing")
    make_design(tmp_path, ENDLESS)
    fault_run.deployment.start_app()
    fault_run.deployment.start_worker(DESIGNS_DIR=str(tmp_path))
    fault_run.enqueue(1, design="mine")
    eventually(lambda: fault_run.states() == {"executing": 1})
    renderers = fault_run.deployment.renderers()
    ((job_id,),) = fault_run.execute("SELECT id FROM oban_jobs")
    fault_run.fault(lambda: fault_run.deployment.evaluate(f"Oban.cancel_job({job_id})"))
    with unhurried_clock() as clock:
        eventually(lambda: any(not renderer.is_running() for renderer in renderers), 5, clock)
    assert fault_run.states() == {"cancelled": 1}
    # Oban for Elixir records no reason.
    fault_run.execute('UPDATE oban_jobs SET errors = ARRAY[\'{"error": "in iex"}\'::jsonb]')
    fault_run.enqueue(20)
    fault_run.settle()
    fault_run.judge("a badge cancelled from Elixir", given_up=1)


# Printers


def test_a_slow_printer(fault_run: FaultRun) -> None:
    fault_run.enqueue(300)
    fault_run.deployment.start_app(CHAOS_PRINTER="slow")
    fault_run.deployment.start_worker()
    fault_run.fault(lambda: fault_run.await_rendered(1))
    fault_run.settle()
    fault_run.judge("a slow printer")


def test_a_printer_that_fails_half_the_time(fault_run: FaultRun) -> None:
    fault_run.enqueue(300)
    fault_run.deployment.start_app(CHAOS_PRINTER="failing")
    fault_run.deployment.start_worker()
    fault_run.fault(lambda: fault_run.await_rendered(1))
    fault_run.settle(skip_backoff=True)
    fault_run.judge("a printer that fails half the time")


def test_a_printer_that_hangs(fault_run: FaultRun) -> None:
    fault_run.enqueue(100)
    fault_run.deployment.start_app(CHAOS_PRINTER="blocking", PRINT_TIMEOUT_S="5")
    fault_run.deployment.start_worker()
    fault_run.fault(lambda: fault_run.await_rendered(1))
    fault_run.settle()
    fault_run.judge("a printer that hangs, one badge in ten")
