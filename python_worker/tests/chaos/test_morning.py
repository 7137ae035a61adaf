"""The short fault test: one fault of each kind while a batch is rendered."""

import pytest

from chaos import faults
from chaos.fault_run import FaultRun

pytestmark = pytest.mark.long


def test_one_fault_of_each_kind_loses_doubles_and_tears_nothing(fault_run: FaultRun) -> None:
    fault_run.enqueue(300)
    fault_run.deployment.start_app()
    fault_run.deployment.start_worker()
    faults_of_each_kind = [
        lambda: fault_run.deployment.kill_a_renderer(fault_run.rng),
        lambda: fault_run.deployment.kill("worker"),
        lambda: fault_run.deployment.kill("app"),
        lambda: faults.terminate_connections(fault_run),
        lambda: faults.restart(fault_run.server),
    ]
    fault_run.rng.shuffle(faults_of_each_kind)
    for fault, _moment in zip(
        faults_of_each_kind, fault_run.moments(len(faults_of_each_kind)), strict=True
    ):
        fault_run.fault(fault)
    fault_run.settle()
    fault_run.judge("one fault of each kind", printed_once=False)
