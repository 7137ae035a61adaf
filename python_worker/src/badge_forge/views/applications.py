"""The applications that take jobs: their names, the commands that start them, and when one is lost."""

from badge_forge import registry
from badge_forge.jobs.wire import BADGES, PRINTING

KINDS = {BADGES: "worker", PRINTING: "print center"}
"""Which application takes the jobs of a queue of Badge Forge's own."""

START = {BADGES: "make worker", PRINTING: "make iex"}
"""Which command starts that application."""


def home_queue(queue: str) -> str:
    """Return Badge Forge's own queue of the application that takes the jobs of `queue`."""
    entry = registry.find(queue)
    return PRINTING if entry and entry.runs_in == "elixir" else BADGES


SILENT_AFTER_S = 5.0
"""Seconds after which a node that has not reported counts as lost. Nodes report every second."""
