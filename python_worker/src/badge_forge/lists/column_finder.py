"""Find the column of each field by the headers of a list."""

from collections.abc import Mapping, Sequence

from badge_forge.errors import ListError
from badge_forge.lists.columns import OWN_FIELD, SHOWN_LENGTH, Columns, shown_headers
from badge_forge.lists.systems import QUESTIONED, System, folded, likely
from badge_forge.text.text import one_line

ASKED_TOO = ("name", "email")
"""Fields that a form has of the account, and that its questions may ask for."""


class ColumnFinder:
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
                + shown_headers(self.columns.headers)
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
