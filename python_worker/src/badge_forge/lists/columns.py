"""Find out which column of a list is which of our fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from badge_forge.errors import ListError
from badge_forge.lists.systems import FIELDS, QUESTIONED, System, folded, likely, systems
from badge_forge.lists.tables import Row, Table
from badge_forge.text.text import one_line

SEARCHED_ROWS = 10
"""How many rows are searched for the headers: some programs write titles above."""

SHOWN_LENGTH, SHOWN_HEADERS = 40, 30

ASKED_TOO = ("name", "email")
"""Fields that a form has of the account, and that its questions may ask for."""

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
            f"no column is known to be the name among {_shown(headers)}: name it with "
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
    finder = _Finder(columns, places)
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


class _Finder:
    """Fills `columns.at` from the `places` of the folded headers."""

    def __init__(self, columns: Columns, places: dict[str, list[int]]) -> None:
        self.columns = columns
        self.places = places
        self.settled: set[str] = set()

    def take_mapped(self, name: str, header: str) -> None:
        """Take the column that the user names."""
        self.settled.add(name)
        if not header:
            return
        number = header.removeprefix("#")
        if header.startswith("#") and number.isdecimal():
            if not 1 <= int(number) <= len(self.columns.headers):
                raise ListError(
                    f"--map {name}={header}: the list has {len(self.columns.headers)} columns"
                )
            self.columns.at[name] = int(number) - 1
            return
        found = self.places.get(folded(header), [])
        exact = [at for at in found if self.columns.headers[at] == header.strip()] or found
        if len(exact) == 1:
            self.columns.at[name] = exact[0]
        elif exact:
            numbers = " or ".join(f"#{at + 1}" for at in exact)
            raise ListError(
                f"--map {name}={one_line(header, SHOWN_LENGTH)}: several columns have this header: "
                f"use --map {name}={numbers}"
            )
        else:
            raise ListError(
                f"--map {name}={one_line(header, SHOWN_LENGTH)}: the list has no such header, it has "
                + _shown(self.columns.headers)
            )

    def take_system(self, system: System) -> None:
        """Take the columns that the recognised system has."""
        self._take_repeated_pair(system)
        for name, headers in system.columns.items():
            if name not in self.settled and not (system.questions and name in ASKED_TOO):
                self._take_first(name, headers)

    def _take_repeated_pair(self, system: System) -> None:
        """In some languages, pretix writes one header over e-mail and company, which are neighbours."""
        places = self.places.get((system.columns.get("email") or ("",))[0], [])
        if system.name != "pretix-positions" or len(places) != 2 or places[1] != places[0] + 1:
            return
        for name, at in zip(("email", "company"), places, strict=True):
            if name not in self.settled:
                self.settled.add(name)
                self.columns.at[name] = at
                self.columns.notes.append(
                    f"two columns are named {one_line(self.columns.headers[at], SHOWN_LENGTH)!r}: "
                    f"#{at + 1} is taken for the {name}"
                )

    def take_own(self, own_fields: Mapping[str, Sequence[str]]) -> None:
        """Take the columns of the organiser's own fields."""
        for name, headers in own_fields.items():
            if OWN_FIELD + name not in self.settled:
                self._take_first(OWN_FIELD + name, [folded(header) for header in headers if header])

    def take_likely(self) -> None:
        """Take the columns that are likely for the fields that are left."""
        system = self.columns.system
        asked = system if system and system.questions else None
        # Of a form, the answers count, and then the account that was used.
        accounts = {header for name in ASKED_TOO for header in _headers_of(asked, name)}
        for name in likely() if system is None or asked else QUESTIONED:
            if name not in self.settled and name not in self.columns.at:
                whole = [header for header in likely()[name].whole if header not in accounts]
                if not self._take_first(name, whole):
                    self._take_containing(name)
        for name in ASKED_TOO:
            found = {name, "given", "family"} if name == "name" else {name}
            if name not in self.settled and not found & self.columns.at.keys():
                self._take_first(name, _headers_of(asked, name))

    def _take_first(self, name: str, headers: Sequence[str]) -> bool:
        """Take the first of `headers` that the list has, unless it has it several times."""
        for header in headers:
            free = [at for at in self.places.get(header, []) if at not in self.columns.at.values()]
            if len(free) == 1:
                self.columns.at[name] = free[0]
                return True
            if free:
                self._note_ambiguous(name, free)
                return True
        return False

    def _take_containing(self, name: str) -> None:
        """Take the only column whose header contains words that are likely for the field."""
        containing = [
            at
            for header, places in self.places.items()
            for at in places
            if at not in self.columns.at.values()
            and any(f" {words} " in f" {header} " for words in likely()[name].words)
        ]
        if len(containing) == 1:
            self.columns.at[name] = containing[0]
        elif containing:
            self._note_ambiguous(name, containing)

    def _note_ambiguous(self, name: str, places: list[int]) -> None:
        shown = ", ".join(
            f"#{at + 1} {one_line(self.columns.headers[at], SHOWN_LENGTH)!r}" for at in places
        )
        self.settled.add(name)
        self.columns.notes.append(
            f"{name}: not read, since several columns may be it: {shown}; choose one: --map {name}=#…"
        )


def _headers_of(system: System | None, name: str) -> tuple[str, ...]:
    return system.columns.get(name, ()) if system else ()


def _known(own_fields: Mapping[str, Sequence[str]]) -> str:
    return ", ".join((*FIELDS, *(OWN_FIELD + name for name in own_fields)))


def _shown(headers: Sequence[str]) -> str:
    shown = ", ".join(one_line(header, SHOWN_LENGTH) for header in headers[:SHOWN_HEADERS] if header)
    more = len(headers) - SHOWN_HEADERS
    return f"{shown} and {more} more" if more > 0 else shown or "nothing"
