"""The short one: one fault of each kind while a batch is forged."""

import pytest

from chaos import faults
from chaos.fault_run import FaultRun

pytestmark = pytest.mark.long


def test_a_morning_of_faults_loses_doubles_and_tears_nothing(fault_run: FaultRun) -> None:
    fault_run.enqueue(300)
    fault_run.deployment.start_app()
    fault_run.deployment.start_worker()
    morning = [
        lambda: fault_run.deployment.kill_a_renderer(fault_run.chance),
        lambda: fault_run.deployment.kill("worker"),
        lambda: fault_run.deployment.kill("app"),
        lambda: faults.terminate_connections(fault_run),
        lambda: faults.restart(fault_run.server),
    ]
    fault_run.chance.shuffle(morning)
    for fault, _moment in zip(morning, fault_run.moments(len(morning)), strict=True):
        fault_run.fault(fault)
    fault_run.settle()
    fault_run.judge("one of each", printed_once=False)
