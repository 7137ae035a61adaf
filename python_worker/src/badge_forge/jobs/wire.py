"""Names of Badge Forge's queues, workers and keys: wire format, stored in rows. They never change."""

from badge_forge import registry

BADGES = registry.BADGES.name
GENERATE_BADGE = registry.BADGES.worker
"""Queue and worker of the Python side. Oban imports the worker by this path."""

PRINTING = registry.PRINTING.name
PRINT_CENTER = registry.PRINTING.worker
"""Queue and worker of the Elixir app."""

PRINTERS = registry.PRINTERS.name
BADGE_FORGE_PRINTERS = registry.PRINTERS.worker
"""Queue and worker of questions about printers."""

PRINT_AGAIN = "print_again"
"""Key in `meta` of a job that prints a badge again: true, or the number of the copy."""

EVENT, VERSION, DESK = "event", "version", "desk"
"""Keys in `meta` of a badge from a list, which its prints have too: the event's slug, the number of the
version, and the desk whose printers print it."""
