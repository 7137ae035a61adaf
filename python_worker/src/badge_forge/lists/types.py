"""Which type of badge each ticket gives."""

from collections.abc import Mapping

from badge_forge.errors import UsageError
from badge_forge.events.event import Event
from badge_forge.lists.systems import folded

SHIPPED_TYPES = ("attendee", "sponsor", "speaker", "organizer")
"""The types of an event that declares none: those of all shipped designs, by their rank."""


class TypesOfTickets:
    """The types of an event in the order of their rank, and the tickets of each.

    Upper and lower case, and spaces and hyphens, do not tell tickets apart.
    """

    def __init__(self, event: Event, more: Mapping[str, str]) -> None:
        """`more` has types of further tickets. Raises `UsageError` if it names an unknown type."""
        self.slugs = tuple(event.types) or SHIPPED_TYPES
        self._of_text = {folded(slug): slug for slug in self.slugs}
        self._of_text |= {folded(kind.label): slug for slug, kind in event.types.items() if kind.label}
        self._of_text |= {folded(ticket): slug for ticket, slug in event.type_of_ticket.items()}
        for ticket, slug in more.items():
            if slug not in self.slugs:
                raise UsageError(
                    f"--type {ticket!r}={slug}: types of {event.slug} are {', '.join(self.slugs)}"
                )
            self._of_text[folded(ticket)] = slug
        self._rank = {slug: rank for rank, slug in enumerate(self.slugs)}

    @property
    def lowest(self) -> str:
        """Return the type of those whose ticket no type has."""
        return self.slugs[0]

    def of_text(self, text: str) -> str | None:
        """Return the type with this ticket, label or slug, or None."""
        return self._of_text.get(folded(text))

    def rank(self, slug: str) -> int:
        """Return the rank of a type: higher ones win. One that the event no longer has is the lowest."""
        return self._rank.get(slug, -1)
