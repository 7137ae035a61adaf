"""Read a list: all its rows, checked and merged into people."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from pathlib import Path

from badge_forge.errors import ListError
from badge_forge.events.event import Event
from badge_forge.lists.columns import Columns
from badge_forge.lists.people import People, protected_ids
from badge_forge.lists.person import LeftOut, Person, Problem
from badge_forge.lists.recognition import recognise
from badge_forge.lists.rows import Rows
from badge_forge.lists.suspicious import difficulty
from badge_forge.lists.tables import Row, read_table
from badge_forge.lists.types import TypesOfTickets

SHOWN_NAMES = 3

OWN_EXPORT = "badge-forge"
"""The system of an exported list. It lacks what identifies the tickets."""


@dataclass
class ReadList:
    """A list that was read. `format` is for messages.

    `rejected` has the problems and the cells of each row that can't be imported. `protected` are ids of
    badges that these rows may have. `left_out` counts the reasons why other rows get no badge. `hardest`
    are the people whose names are most likely to be wrong.
    """

    format: str
    columns: Columns
    people: People
    rows: int = 0
    rejected: list[tuple[list[Problem], list[str]]] = field(default_factory=list)
    protected: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    warnings: list[Problem] = field(default_factory=list)
    untyped: Counter[str] = field(default_factory=Counter)
    hardest: list[Person] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """Return all problems of rejected rows."""
        return [problem for problems, _cells in self.rejected for problem in problems]


def read_list(
    path: Path,
    event: Event,
    types: TypesOfTickets,
    mapped: Mapping[str, str],
    encoding: str | None = None,
    sheet: str | None = None,
) -> ReadList:
    """Read the list in the file `path` for `event`.

    `mapped` has the header of the column of a field, as the user says. Raises `ListError`.
    """
    table = read_table(path, encoding, sheet)
    own_fields = {
        name: [text for text in (own.column, own.label, name) if text]
        for name, own in event.fields.items()
    }
    columns = recognise(table, mapped, event.list.columns, own_fields)
    if columns.system and columns.system.name == OWN_EXPORT:
        raise ListError(
            f"{path} was written by `badge-forge export`: change the list that you imported instead"
        )
    rows = Rows(columns, types, constant_args(event))
    found = ReadList(table.format, columns, People(event.slug, types), notes=table.notes + columns.notes)
    for row in table.rows:
        _add(found, rows, row, event)
    found.rows = rows.counts.rows
    found.untyped = rows.counts.untyped
    found.warnings = rows.warnings
    found.hardest = nlargest(
        SHOWN_NAMES,
        (person for person in found.people if not person.name.isascii()),
        key=lambda person: difficulty(person.name),
    )
    return found


def _add(found: ReadList, rows: Rows, row: Row, event: Event) -> None:
    result = rows.check(row)
    if isinstance(result, Person):
        merged = found.people.add(result)
        if merged is None:
            return
        result = [merged] if isinstance(merged, Problem) else merged
    if isinstance(result, LeftOut):
        found.left_out[result.reason] += 1
        return
    found.rejected.append((result, row.cells))
    found.protected.update(protected_ids(event.slug, *rows.identity(row)))


def constant_args(event: Event) -> dict[str, str]:
    """Return the args that all badges of `event` have."""
    return {"event_slug": event.slug, "design": event.design}
