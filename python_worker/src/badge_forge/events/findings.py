"""What may be a mistake in an event's file, although it is valid."""

from collections.abc import Iterator
from itertools import combinations

from badge_forge.events.event import Event


def findings(event: Event) -> Iterator[str]:
    """Yield each finding in one line."""
    if not event.types:
        yield "it has no types: badges have those of the design"
    yield from _similar_types(event)
    for name in event.printers:
        if event.desks and not any(name in names for names in event.desks.values()):
            yield f"printers.{name}: no desk has it"


def _similar_types(event: Event) -> Iterator[str]:
    for (one, first), (other, second) in combinations(event.types.items(), 2):
        if first.label and first.label == second.label:
            yield f"types.{one} and types.{other} have the same label, {first.label!r}"
