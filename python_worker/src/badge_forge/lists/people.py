"""The people of one list: rows of the same person are merged, and each person gets a key."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from badge_forge.lists.identity import (
    address_key,
    alike,
    badge_id,
    person_key,
    row_key,
    ticket_key,
)
from badge_forge.lists.person import LeftOut, Person, Problem
from badge_forge.lists.types import TypesOfTickets


@dataclass(frozen=True, slots=True)
class Keyed:
    """A person, the UUID of its key, and that of who it is ("" if unknown)."""

    person: Person
    key: str
    who: str


class People:
    """Collects the people of a list. The first row of a person counts, but the highest type."""

    def __init__(self, event: str, types: TypesOfTickets) -> None:
        self._event = event
        self._types = types
        self._people: list[Person] = []
        self._by_ticket: dict[str, Person] = {}
        self._by_who: dict[str, Person] = {}
        self._by_row: dict[str, Person] = {}

    def __len__(self) -> int:
        return len(self._people)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people)

    def add(self, person: Person) -> LeftOut | Problem | None:
        """Add `person`. Returns why the row has no separate badge, or None if it has one."""
        same = self._by_ticket.get(person.ticket) if person.ticket else None
        if same is not None:
            if alike(same.name) != alike(person.name):
                return Problem(
                    person.row, "ticket", f"is that of row {same.row}, with another name", person.ticket
                )
            self._merge(same, person)
            return LeftOut(person.row, f"the same ticket as row {same.row}")
        if who := person_key(person.email, person.order, person.name):
            if same := self._by_who.get(who):
                return self._add_again(same, person)
            self._by_who[who] = person
        elif not person.ticket:
            row = row_key(person.name, person.args["company"])
            if same := self._by_row.get(row):
                return Problem(
                    person.row,
                    "name",
                    f"is that of row {same.row}, and neither an e-mail address nor a ticket tells them "
                    "apart: remove the row, or add one of them",
                    person.name,
                )
            self._by_row[row] = person
        if person.ticket:
            self._by_ticket[person.ticket] = person
        self._people.append(person)
        return None

    def _add_again(self, same: Person, person: Person) -> LeftOut | Problem:
        if person.order and person.order == same.order:
            return Problem(
                person.row,
                "name",
                f"is that of row {same.row}, with the same e-mail address, in one order: the ticket is "
                "not assigned to a person yet",
                person.name,
            )
        self._merge(same, person)
        return LeftOut(person.row, f"the same person as row {same.row}")

    def _merge(self, same: Person, person: Person) -> None:
        if self._types.rank(person.type) > self._types.rank(same.type):
            same.type, same.ticket_name = person.type, person.ticket_name
            same.args = {**same.args, **{key: text for key, text in person.args.items() if text}}
        else:
            same.args = {**person.args, **{key: text for key, text in same.args.items() if text}}

    def keyed(self) -> Iterator[Keyed]:
        """Yield each person with its key, in the order of the list."""
        bases = Counter(
            address_key(person.email, person.order)
            for person in self._people
            if not person.ticket and (person.email or person.order)
        )
        for person in self._people:
            who = person_key(person.email, person.order, person.name)
            if person.ticket:
                key = ticket_key(person.ticket)
            elif who:
                alone = bases[address_key(person.email, person.order)] == 1
                key = address_key(person.email, person.order, "" if alone else person.name)
            else:
                key = row_key(person.name, person.args["company"])
            yield Keyed(person, badge_id(self._event, key), badge_id(self._event, who) if who else "")


def protected_ids(event: str, ticket: str, email: str, order: str) -> list[str]:
    """Return the ids that the badge of a rejected row may have, which must not be cancelled for that."""
    keys = [ticket_key(ticket)] if ticket else []
    if email or order:
        keys.append(address_key(email, order))
    return [badge_id(event, key) for key in keys]
