"""Names of queues, workers and keys. They are wire format, stored in rows, and never change."""

BADGES = "badges"
GENERATE_BADGE = "badge_forge.generator.GenerateBadge"
"""Queue and worker of the Python side. Oban imports the worker by this path."""

PRINTING = "printing"
PRINT_CENTER = "BadgeForge.PrintCenter"
"""Queue and worker of the Elixir app."""

PRINT_AGAIN = "print_again"
"""Key in `meta` of a job that prints a badge again: true, or the number of the copy."""
