"""What becomes of a row of a list: a person, a problem, or a row that gets no badge."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row: its `field`, the `reason`, and the `value` of the cell."""

    row: int
    field: str
    reason: str
    value: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.field}: {self.reason}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that rightly gets no badge, such as a cancelled ticket, and why."""

    row: int
    reason: str


@dataclass(slots=True)
class Person:
    """A person of a list who gets a badge.

    `args` are those of a badge job, without id and type. `ticket` identifies the ticket, `order` the
    order; both can be empty. `ticket_name` is the kind of ticket.
    """

    row: int
    args: dict[str, Any]
    type: str
    ticket: str = ""
    order: str = ""
    ticket_name: str = ""

    @property
    def name(self) -> str:
        """Return the name, as it is printed."""
        return str(self.args["name"])

    @property
    def email(self) -> str:
        """Return the e-mail address, or ""."""
        return str(self.args.get("email", ""))
