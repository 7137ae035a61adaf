"""The applications that take jobs: their names, the commands that start them, and when one is lost."""

from badge_forge.jobs.wire import BADGES, PRINTING

KINDS = {BADGES: "worker", PRINTING: "print center"}
"""Which application takes the jobs of a queue."""

START = {BADGES: "make worker", PRINTING: "make iex"}
"""Which command starts the application that takes the jobs of a queue."""

SILENT_AFTER_S = 5.0
"""Seconds after which a node that has not reported counts as lost. Nodes report every second."""
