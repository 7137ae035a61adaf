"""The short one: one fault of each kind while a batch is forged."""

from chaos import faults
from chaos.trial import Trial


def test_a_morning_of_faults_loses_doubles_and_tears_nothing(trial: Trial) -> None:
    trial.enqueue(300)
    trial.hall.start_app()
    trial.hall.start_worker()
    morning = [
        lambda: trial.hall.kill_a_renderer(trial.chance),
        lambda: trial.hall.kill("worker"),
        lambda: trial.hall.kill("app"),
        lambda: faults.terminate_connections(trial),
        lambda: faults.restart(trial.server),
    ]
    trial.chance.shuffle(morning)
    for fault, _moment in zip(morning, trial.moments(len(morning)), strict=True):
        trial.fault(fault)
    trial.settle(90)
    trial.judge("one of each", printed_once=False)
