"""The short fault test: one fault of each kind while a batch is rendered."""

import shutil
import time
from pathlib import Path

import pytest

from chaos import faults
from chaos.fault_run import FaultRun

pytestmark = pytest.mark.long


CONNECTIONS_TAKEN_S = 3


def test_one_fault_of_each_kind_loses_doubles_and_tears_nothing(
    fault_run: FaultRun, tmp_path: Path
) -> None:
    clock = faults.Clock(tmp_path) if shutil.which("cc") else None
    prefix = clock.prefix if clock else ()
    deployment = fault_run.deployment
    links: dict[Path, bytes] = {}

    def take_all_connections() -> None:
        with faults.no_connection_left(fault_run, reconnect=True):
            time.sleep(CONNECTIONS_TAKEN_S)  # the fault

    fault_run.enqueue(400)
    deployment.start_app(*prefix)
    deployment.start_app(*prefix, name="app-2")
    deployment.start_worker("worker", *prefix)
    faults_of_each_kind = [
        lambda: deployment.kill_a_renderer(fault_run.rng),
        lambda: deployment.kill("worker"),
        lambda: deployment.kill("app"),
        lambda: deployment.kill("app-2"),
        lambda: faults.terminate_connections(fault_run),
        lambda: faults.restart(fault_run.server),
        lambda: links.update(faults.link_files(fault_run)),
        lambda: clock.jump(fault_run.rng.choice([3600, -3600])) if clock else None,
        take_all_connections,
    ]
    fault_run.rng.shuffle(faults_of_each_kind)
    for fault, _moment in zip(
        faults_of_each_kind, fault_run.moments(len(faults_of_each_kind)), strict=True
    ):
        fault_run.fault(fault)
    fault_run.settle()
    assert [link for link, content in links.items() if link.read_bytes() != content] == []
    fault_run.judge("one fault of each kind", printed_once=False)
