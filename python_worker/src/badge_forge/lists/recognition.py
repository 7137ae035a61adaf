"""Recognise a list by its headers: which system wrote it, and which column is which field."""

from collections.abc import Mapping, Sequence
from itertools import chain, islice

from badge_forge.errors import ListError
from badge_forge.lists.column_finder import ColumnFinder
from badge_forge.lists.columns import OWN_FIELD, SHOWN_LENGTH, Columns, shown_headers
from badge_forge.lists.systems import FIELDS, System, folded, systems
from badge_forge.lists.tables import Row, Table
from badge_forge.text.text import one_line

SEARCHED_ROWS = 10
"""How many rows are searched for the headers: some programs write titles above."""


def recognise(
    table: Table,
    mapped: Mapping[str, str],
    usual: Mapping[str, str],
    own_fields: Mapping[str, Sequence[str]],
) -> Columns:
    """Consume the rows of `table` up to its headers, and return its columns.

    `mapped` has the header, or `#` and the number, of the column of a field, as the user says; an empty
    one means that there is no such column. `usual` has headers of the event's file, which a list need
    not have. `own_fields` has possible headers for each field of the organiser.

    Raises `ListError` if no column can be the name, or if `mapped` has an unknown field or header.
    """
    for name in (*mapped, *usual):
        if name not in FIELDS and name.removeprefix(OWN_FIELD) not in own_fields:
            raise ListError(
                f"there is no field {one_line(name, SHOWN_LENGTH)!r}: fields are {_known(own_fields)}"
            )
    rows = list(islice(table.rows, SEARCHED_ROWS))
    found = _first_headers(rows, mapped, usual, own_fields)
    if found is None:
        headers = [cell.strip() for cell in rows[0].cells] if rows else []
        raise ListError(
            f"no column is known to be the name among {shown_headers(headers)}: name it with "
            '--map name="HEADER", or --map given="HEADER" --map family="HEADER"'
        )
    at, columns = found
    table.rows = chain(rows[at + 1 :], table.rows)
    return columns


def _first_headers(
    rows: list[Row],
    mapped: Mapping[str, str],
    usual: Mapping[str, str],
    own_fields: Mapping[str, Sequence[str]],
) -> tuple[int, Columns] | None:
    refused: ListError | None = None
    for at, row in enumerate(rows):
        headers = [cell.strip() for cell in row.cells]
        try:
            columns = _columns(headers, mapped, usual, own_fields)
        except ListError as error:
            refused = refused or error
            continue
        if "name" in columns.at or "given" in columns.at or "family" in columns.at:
            return at, columns
    if refused:
        raise refused
    return None


def _columns(
    headers: list[str],
    mapped: Mapping[str, str],
    usual: Mapping[str, str],
    own_fields: Mapping[str, Sequence[str]],
) -> Columns:
    places: dict[str, list[int]] = {}
    for at, header in enumerate(headers):
        if header:
            places.setdefault(folded(header), []).append(at)
    columns = Columns(headers, _system(places))
    finder = ColumnFinder(columns, places)
    for name, header in mapped.items():
        finder.take_mapped(name, header)
    for name, header in usual.items():
        if name not in mapped and folded(header) in places:
            finder.take_mapped(name, header)
    if columns.system:
        finder.take_system(columns.system)
    finder.take_own(own_fields)
    finder.take_likely()
    return columns


def _system(places: Mapping[str, list[int]]) -> System | None:
    """Return the system whose signature `places` has, and of several the one that knows most headers."""
    matching = [system for system in systems() if system.signature <= places.keys()]
    return max(matching, key=lambda system: _known_headers(system, places), default=None)


def _known_headers(system: System, places: Mapping[str, list[int]]) -> tuple[int, int]:
    known = sum(any(header in places for header in headers) for headers in system.columns.values())
    return len(system.signature), known


def _known(own_fields: Mapping[str, Sequence[str]]) -> str:
    return ", ".join((*FIELDS, *(OWN_FIELD + name for name in own_fields)))
