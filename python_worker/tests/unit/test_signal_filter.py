"""Which signals reach Oban. `notification_test.exs` asserts the same in Elixir."""

from typing import Any

import pytest

from badge_forge.jobs.signal_filter import MalformedSignalError, filter_signal

QUEUES = {"badges"}


@pytest.mark.parametrize(
    "signal",
    [
        {"action": "pause", "queue": "badges", "ident": "any"},
        {"action": "resume", "queue": "*"},
        {"action": "pkill", "job_id": 7, "ident": "any"},
        {"action": "scale", "queue": "badges", "limit": 3},
        {"action": "start", "queue": "badges", "limit": 3, "paused": True},
    ],
)
def test_signals_of_either_oban_are_passed_on(signal: dict[str, Any]) -> None:
    assert filter_signal(signal, QUEUES) == signal


def test_a_stop_of_a_queue_of_this_worker_becomes_a_pause() -> None:
    stop = {"action": "stop", "queue": "badges", "ident": "Oban.host"}
    assert filter_signal(stop, QUEUES) == stop | {"action": "pause"}


@pytest.mark.parametrize("action", ["start", "stop", "scale"])
def test_other_queues_are_neither_started_nor_stopped_nor_scaled(action: str) -> None:
    assert filter_signal({"action": action, "queue": "printing", "limit": 3}, QUEUES) is None


@pytest.mark.parametrize(
    "signal",
    [
        [1],
        None,
        "pause",
        {},
        {"action": "start"},
        {"action": "stop"},
        {"action": "stop", "queue": 1},
        {"action": "pkill"},
        {"action": "pkill", "job_id": "7"},
        {"action": "scale", "queue": "badges"},
        {"action": "scale", "queue": "badges", "limit": "x"},
        {"action": "scale", "queue": "badges", "limit": True},
        {"action": "scale", "queue": "badges", "limit": 0},
        {"action": "scale", "queue": "badges", "limit": 1e300},
        {"action": "scale", "queue": "badges", "limit": 3, "extra": 1},
        {"action": "start", "queue": "badges", "limit": 3, "paused": "no"},
    ],
)
def test_a_signal_that_oban_cannot_handle_is_malformed(signal: Any) -> None:
    with pytest.raises(MalformedSignalError):
        filter_signal(signal, QUEUES)
