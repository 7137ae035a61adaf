"""The cells of the compatibility matrix. Each is a test, with the outcome that it asserts.

@matrix("pause", "python", stand_in=fails("The stand-in hears no signals."))
async def test_python_pauses_elixirs_queue(oban: Oban, expected: Outcome) -> None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Actor = Literal["elixir", "python"]

ACTORS: dict[Actor, str] = {"elixir": "Elixir on Python's", "python": "Python on Elixir's"}
"""Which side acts, and how the page says it."""

ACTIONS = (
    *("insert", "insert_all", "schedule", "unique", "priority", "tags", "meta"),
    *("cancel while available", "cancel while scheduled", "cancel while executing"),
    *("retry", "retry all", "snooze", "rescue", "prune"),
    *("pause", "resume", "scale", "start queue", "stop queue"),
    *("errors", "telemetry", "metrics in Oban Web"),
)


@dataclass(frozen=True)
class Outcome:
    """What a test asserts: ✓ works, ✗ a limitation that it sees, or no such action.

    `absent` is an Elixir expression that raises, because the action does not exist. It is evaluated
    instead of the test.
    """

    mark: Literal["✓", "✗", "–"]
    note: str = ""
    absent: str = ""

    @property
    def works(self) -> bool:
        """Whether the action has its effect, perhaps with a caveat."""
        return self.mark == "✓"


WORKS = Outcome("✓")


def caveat(note: str) -> Outcome:
    """Return the outcome of an action that works, with a caveat."""
    return Outcome("✓", note)


def fails(note: str) -> Outcome:
    """Return the outcome of an action that has no effect, or another one."""
    return Outcome("✗", note)


def absent(what: str, expression: str) -> Outcome:
    """Return the outcome of an action that the stand-in does not have."""
    return Outcome("–", f"The stand-in has no {what}.", expression)


@dataclass(frozen=True)
class Cell:
    """A cell: who does what, the outcome on Oban from Hex and on the stand-in, and the test."""

    action: str
    actor: Actor
    hex: Outcome
    stand_in: Outcome
    test: str

    def on(self, oban: str) -> Outcome:
        """Return the outcome on `oban`: "hex" or "stand-in"."""
        return self.hex if oban == "hex" else self.stand_in


CELLS: dict[tuple[str, Actor], Cell] = {}
"""The cells of all tests that were imported."""


def matrix(
    action: str, actor: Actor, outcome: Outcome = WORKS, stand_in: Outcome | None = None
) -> Callable[[Any], Any]:
    """Make a test the cell of `action` by `actor`, with its `outcome` on Oban from Hex.

    The outcome on the stand-in is the same, unless given.
    """

    def declare(test: Any) -> Any:
        assert action in ACTIONS, f"unknown action: {action}"
        name = f"{Path(test.__code__.co_filename).name}::{test.__name__}"
        test.cell = Cell(action, actor, outcome, stand_in or outcome, name)
        former = CELLS.setdefault((action, actor), test.cell)
        assert former.test == name, f"two tests of {action} by {actor}: {former.test}, {name}"
        return test

    return declare
