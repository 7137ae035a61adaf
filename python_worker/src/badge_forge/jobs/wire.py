"""The names that cross the table: wire format, they never move."""

BADGES = "badges"
GENERATE_BADGE = "badge_forge.generator.GenerateBadge"
"""Python's queue, and its worker, which Oban finds by the path of the class."""

PRINTING = "printing"
PRINT_CENTER = "BadgeForge.PrintCenter"
"""Elixir's queue and worker."""
