"""Names of queues and workers. They are wire format, stored in rows, and never change."""

BADGES = "badges"
GENERATE_BADGE = "badge_forge.generator.GenerateBadge"
"""Queue and worker of the Python side. Oban imports the worker by this path."""

PRINTING = "printing"
PRINT_CENTER = "BadgeForge.PrintCenter"
"""Queue and worker of the Elixir app."""
