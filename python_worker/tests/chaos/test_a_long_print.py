"""A print of six minutes is printed once, although the worker is killed."""

import pytest

from chaos.fault_run import FaultRun
from helpers import HANG_S

pytestmark = pytest.mark.long

PRINT_S = 360


def test_a_print_that_takes_six_minutes_is_printed_once(fault_run: FaultRun) -> None:
    fault_run.enqueue(5)
    fault_run.deployment.start_app(CHAOS_PRINTER=f"takes {PRINT_S}")
    fault_run.deployment.start_worker()
    fault_run.await_rendered(5)
    fault_run.fault(lambda: fault_run.deployment.kill("worker"))  # its lifeline watches the prints
    fault_run.settle(within_s=PRINT_S + HANG_S)
    assert fault_run.execute("SELECT DISTINCT attempt FROM oban_jobs WHERE queue = 'printing'") == [(1,)]
    fault_run.judge("five prints of six minutes")
