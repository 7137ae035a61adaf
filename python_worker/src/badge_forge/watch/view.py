"""What is shown: what was read, through a filter."""

from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.text import Text

from badge_forge.text.text import one_line
from badge_forge.watch.filter import Filter
from badge_forge.watch.source import Seen

TEXT_LENGTH = 300
"""Most characters of a name or a reason."""

WIDE = 120
"""Cells from which there is room for every state and for reasons."""

CREATE_INDEX = (
    "CREATE INDEX CONCURRENTLY oban_jobs_completed_at_index ON {table} (completed_at)"
    " WHERE state = 'completed'"
)


@dataclass(frozen=True)
class View:
    """What was `seen` of Badge Forge's table, or of `any_table`, whose schema is `prefix`."""

    seen: Seen
    any_table: bool = False
    prefix: str | None = None
    chosen: Filter = field(default_factory=Filter)

    def note(self) -> str:
        """Return what the table lacks, and the statement that adds it. "" if it lacks nothing."""
        if self.seen.table.has_completed_at_index:
            return ""
        table = f'"{self.prefix}".oban_jobs' if self.prefix else "oban_jobs"
        return f"Rates and the latest jobs need an index: {CREATE_INDEX.format(table=table)};"


def safe(text: str | None, length: int = TEXT_LENGTH) -> str:
    """Return untrusted `text` as one line, of `length` characters at most."""
    return one_line(text, length)


def wrapped(text: str, width: int, style: str = "dim") -> list[Text]:
    """Return `text` in lines of at most `width` cells, broken between words."""
    lines = [Text(style=style)]
    for word in text.split():
        if lines[-1].cell_len and lines[-1].cell_len + 1 + cell_len(word) > width:
            lines.append(Text(style=style))
        lines[-1].append(f" {word}" if lines[-1].cell_len else word)
    return lines
