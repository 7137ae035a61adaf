"""Check each row of a list, and turn it into a person."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from badge_forge.attendee import Attendee
from badge_forge.lists.cells import kind_of
from badge_forge.lists.columns import OWN_FIELD, Columns
from badge_forge.lists.person import LeftOut, Person, Problem
from badge_forge.lists.safe_cells import unsafe_cell
from badge_forge.lists.suspicious import damage, not_a_name
from badge_forge.lists.systems import folded, status_words
from badge_forge.lists.tables import Row
from badge_forge.lists.types import TypesOfTickets
from badge_forge.text.text import printable

PRINTED = ("badge_name", "company", "title", "pronouns")
TEXTS = (*PRINTED, "email", "url")
NAMES = ("name", "given", "family")

BLANK_ID = "00000000-0000-0000-0000-000000000000"
"""Stands for the badge's id, which is found when all rows are known."""


@dataclass
class Counts:
    """How many rows were read, and what a user may want to look at."""

    rows: int = 0
    untyped: Counter[str] = field(default_factory=Counter)
    """Ticket names that no type has, and how many people have the lowest type for it."""


class Rows:
    """Checks the rows of a list.

    `constant` are args that all badges have, such as the design.
    """

    def __init__(self, columns: Columns, types: TypesOfTickets, constant: Mapping[str, str]) -> None:
        self.columns = columns
        self.types = types
        self._constant = dict(constant)
        self.counts = Counts()
        self.warnings: list[Problem] = []
        self._system = columns.system
        self._accepted, self._refused = status_words()
        if self._system and self._system.accepted:
            self._accepted, self._refused = self._system.accepted, self._system.refused
        self._empty = self._system.empty if self._system else frozenset()

    def check(self, row: Row) -> Person | LeftOut | list[Problem]:
        """Return the person of `row`, why there is none, or all that is wrong with it."""
        self.counts.rows += 1
        cells = self._cells(row)
        if isinstance(cells, Problem):
            return [cells]
        left_out = self._left_out(row, cells)
        if left_out is not None:
            return left_out if isinstance(left_out, LeftOut) else [left_out]
        found = list(self._problems(row, cells))
        name = self._name(cells)
        if not name and not found:
            found.append(Problem(row.number, "name", self._why_nameless(cells), ""))
        if found:
            return found
        return self._person(row, cells, name)

    def identity(self, row: Row) -> tuple[str, str, str]:
        """Return ticket, e-mail and order of a rejected `row`, each "" if it is unknown."""
        cells = self._cells(row)
        if isinstance(cells, Problem):
            return "", "", ""
        return self._ticket(cells), printable(cells.get("email", "")), printable(cells.get("order", ""))

    def _cells(self, row: Row) -> dict[str, str] | Problem:
        """Return the cells of our fields, which are empty where the list says so."""
        beyond = [cell for cell in row.cells[len(self.columns.headers) :] if cell.strip()]
        if beyond:
            return Problem(
                row.number,
                "row",
                f"has {len(row.cells)} cells, but there are {len(self.columns.headers)} headers: "
                "a delimiter is in a text without quotation marks",
                beyond[0],
            )
        if row.cells[: len(self.columns.headers)] == self.columns.headers:
            return Problem(row.number, "row", "repeats the headers", row.cells[0])
        cells = {}
        for name, at in self.columns.at.items():
            cell = row.cells[at] if at < len(row.cells) else ""
            if not cell.strip() or cell.strip().casefold() in self._empty:
                cell = ""
            elif not cell.isascii() and not printable(cell):
                cell = ""  # only invisible characters
            cells[name] = unsafe_cell(cell)
        return cells

    def _left_out(self, row: Row, cells: dict[str, str]) -> LeftOut | Problem | None:
        """Return why the row gets no badge although nothing is wrong with it, or None."""
        if cells.get("addon_to"):
            return LeftOut(row.number, "add-on to another ticket")
        if cells.get("void"):
            return LeftOut(row.number, f"void: {cells['void'].strip()}")
        status = folded(cells.get("status", ""))
        if not status or status in self._accepted:
            return self._by_quantity(row, cells)
        if status in self._refused:
            return LeftOut(row.number, f"status: {cells['status'].strip()}")
        if self._system is None:
            # Any text can be in a column that only seems to be the status.
            self.warnings.append(
                Problem(row.number, "status", "is not known, so the badge is made", cells["status"])
            )
            return self._by_quantity(row, cells)
        return Problem(
            row.number, "status", "is not known: correct it, or use --map status=", cells["status"]
        )

    def _by_quantity(self, row: Row, cells: dict[str, str]) -> LeftOut | Problem | None:
        quantity = cells.get("quantity", "").strip()
        if quantity in ("", "1"):
            return None
        if not quantity.isdecimal():
            return Problem(row.number, "quantity", "should be a whole number", quantity)
        if int(quantity) == 0:
            return LeftOut(row.number, "quantity: 0")
        return Problem(
            row.number,
            "quantity",
            "is more than one person, of whom only the buyer has a name: export the attendees "
            "instead of the orders, or write a row for each",
            quantity,
        )

    def _problems(self, row: Row, cells: dict[str, str]) -> Iterator[Problem]:
        """Yield the damaged cells, and those of names that hold no name."""
        for name, cell in cells.items():
            if not cell:
                continue
            if name in NAMES:
                reason = damage(cell) or not_a_name(cell)
            elif name in TEXTS or name.startswith(OWN_FIELD) or name in ("ticket_name", "type"):
                reason = damage(cell)
                if reason is None and name in ("company", "badge_name") and kind_of(cell):
                    what = f"was a {kind_of(cell)} in the spreadsheet, which may have changed it"
                    self.warnings.append(Problem(row.number, name, what, cell))
            else:
                continue
            if reason:
                yield Problem(row.number, name, reason, cell)

    def _name(self, cells: dict[str, str]) -> str:
        """Return the whole name: of its column, or of given and family name."""
        whole, given, family = (printable(cells.get(name, "")) for name in NAMES)
        parts = f"{given} {family}".strip()
        if not whole or not parts:
            return whole or parts
        if all(part in whole for part in (given, family)):
            return whole
        if "family" not in self.columns.at:
            return f"{given} {whole}"  # "Vorname" beside "Name"
        return whole if self._system else parts

    def _why_nameless(self, cells: dict[str, str]) -> str:
        if self._system and (cells.get("order") or cells.get("ticket")):
            return "is empty: the ticket is not assigned to a person yet"
        return "is empty"

    def _person(self, row: Row, cells: dict[str, str], name: str) -> Person | list[Problem]:
        texts = {key: printable(cells[key]) for key in TEXTS if cells.get(key)}
        if texts.get("badge_name") == name:
            del texts["badge_name"]
        if "url" in texts and "://" not in texts["url"]:
            texts["url"] = f"https://{texts['url']}"
        own = {
            key.removeprefix(OWN_FIELD): printable(cell)
            for key, cell in cells.items()
            if key.startswith(OWN_FIELD) and cell
        }
        kind, unknown = self._type(cells)
        if kind is None:
            return [Problem(row.number, "type", unknown, cells.get("type", ""))]
        args: dict[str, Any] = {"name": name, "company": "", **texts}
        if own:
            args["fields"] = own
        found = Attendee.problems({"id": BLANK_ID, "type": kind, **args, **self._constant})
        if found:
            return [Problem(row.number, field, what, str(args.get(field, ""))) for field, what in found]
        return Person(
            row.number,
            args,
            kind,
            ticket=self._ticket(cells),
            order=printable(cells.get("order", "")),
            ticket_name=printable(cells.get("ticket_name", "")),
        )

    def _type(self, cells: dict[str, str]) -> tuple[str | None, str]:
        """Return the slug of the type, or None and why it is unknown."""
        if named := printable(cells.get("type", "")):
            kind = self.types.of_text(named)
            if kind is None and self._system is None:
                kind = self.types.of_text(printable(cells.get("ticket_name", "")) or named)
                if kind is None:
                    self.counts.untyped[named] += 1
                    return self.types.lowest, ""
            return kind, f"should be {', '.join(self.types.slugs)}, or a ticket of them: --type"
        ticket, variation = (printable(cells.get(key, "")) for key in ("ticket_name", "variation"))
        for text in (f"{ticket} {variation}".strip(), ticket):
            if text and (kind := self.types.of_text(text)):
                return kind, ""
        if ticket:
            self.counts.untyped[ticket] += 1
        elif self._system and self._system.type in self.types.slugs:
            return self._system.type, ""
        return self.types.lowest, ""

    def _ticket(self, cells: dict[str, str]) -> str:
        """Return what identifies the ticket, or ""."""
        ticket, order, position = (
            printable(cells.get(key, "")) for key in ("ticket", "order", "position")
        )
        if ticket:
            return f"{order}-{ticket}" if self._system and self._system.name == "eventbrite" else ticket
        return f"{order}-{position}" if order and position else ""
