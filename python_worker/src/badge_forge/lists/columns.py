"""The columns of a list: which of them is which of our fields."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from badge_forge.lists.systems import System
from badge_forge.text.text import one_line

SHOWN_LENGTH, SHOWN_HEADERS = 40, 30

OWN_FIELD = "fields."
"""How the name of an organiser's own field begins, as in `fields.table`."""


@dataclass
class Columns:
    """The column of each of our fields by its position, from 0.

    `system` is the recognised system, None for any other list. `notes` are for the user.
    """

    headers: list[str]
    system: System | None = None
    at: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def unused(self) -> list[str]:
        """Return the headers of the columns that are no field."""
        used = set(self.at.values())
        return [header for at, header in enumerate(self.headers) if at not in used and header]

    def header(self, name: str) -> str:
        """Return the header of the field `name`."""
        return self.headers[self.at[name]]


def shown_headers(headers: Sequence[str]) -> str:
    """Return the first headers, for an error."""
    shown = ", ".join(one_line(header, SHOWN_LENGTH) for header in headers[:SHOWN_HEADERS] if header)
    more = len(headers) - SHOWN_HEADERS
    return f"{shown} and {more} more" if more > 0 else shown or "nothing"
