"""Which type of badge each ticket gives."""

from collections.abc import Collection, Mapping

from badge_forge.errors import UsageError
from badge_forge.events.event import Event
from badge_forge.lists.systems import folded


class TypesOfTickets:
    """The types of an event in the order of their rank, and the tickets of each.

    Types that only the event's design has are the lowest, unless the event has none at all. Upper and
    lower case, and spaces and hyphens, do not tell tickets apart.
    """

    def __init__(self, event: Event, more: Mapping[str, str], of_design: Collection[str] = ()) -> None:
        """`more` has types of further tickets, `of_design` are the types that the event's design has.

        Raises `UsageError` if `more` names an unknown type.
        """
        self.lowest = next(iter(event.types or of_design))
        """The type of those whose ticket no type has."""
        others = [slug for slug in of_design if slug not in event.types]
        self.slugs = (*others, *event.types)
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

    def of_text(self, text: str) -> str | None:
        """Return the type with this ticket, label or slug, or None."""
        return self._of_text.get(folded(text))

    def rank(self, slug: str) -> int:
        """Return the rank of a type: higher ones win. One that the event no longer has is the lowest."""
        return self._rank.get(slug, -1)
