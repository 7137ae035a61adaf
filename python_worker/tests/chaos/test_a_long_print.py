"""A print that takes six minutes is printed once, whatever is killed around it."""

from chaos.trial import Trial

PRINT_S = 360


def test_a_print_that_takes_six_minutes_is_printed_once(trial: Trial) -> None:
    trial.enqueue(5)
    trial.hall.start_app(CHAOS_PRINTER=f"takes {PRINT_S}")
    trial.hall.start_worker()
    trial.await_rendered(5)
    trial.fault(lambda: trial.hall.kill("worker"))  # the one that watches, and its successor
    trial.settle(PRINT_S + 60)
    assert trial.execute("SELECT DISTINCT attempt FROM oban_jobs WHERE queue = 'printing'") == [(1,)]
    trial.judge("five prints of six minutes")
