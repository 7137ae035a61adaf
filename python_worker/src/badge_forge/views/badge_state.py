"""How far a badge is, in the words of every view."""

from typing import Literal

State = Literal["waiting", "rendering", "retrying", "rendered", "printing", "printed", "failed"]
"""How far a badge is."""

STATES: dict[str, State] = {
    "available": "waiting",
    "scheduled": "waiting",
    "suspended": "waiting",
    "executing": "rendering",
    "retryable": "retrying",
    "cancelled": "failed",
    "discarded": "failed",
}
"""How far a badge is that is not rendered, by the state of its job."""

PRINT_STATES: dict[str, State] = {
    "executing": "printing",
    "completed": "printed",
    "cancelled": "failed",
    "discarded": "failed",
}


def badge_state(badge: str | None, printing: str | None) -> State:
    """Return how far a badge is, from the states of its newest badge job and its newest print.

    None means that there is no such job, or that it was pruned.
    """
    if badge in STATES:
        return STATES[badge]
    return PRINT_STATES.get(printing or "", "rendered")
