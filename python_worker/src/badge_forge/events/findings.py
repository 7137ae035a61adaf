"""What may be a mistake in an event's file, although it is valid."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from badge_forge.badge_types import BadgeType, TypeSlug, shown_type
from badge_forge.events.event import Event


def findings(event: Event, of_design: Mapping[TypeSlug, BadgeType]) -> Iterator[str]:
    """Yield each finding in one line. `of_design` has the types of the event's design."""
    if not event.types:
        yield "it has no types: badges have those of the design"
    yield from _similar_types(event, of_design)
    for name in event.printers:
        if event.desks and not any(name in names for names in event.desks.values()):
            yield f"printers.{name}: no desk has it"


def _similar_types(event: Event, of_design: Mapping[TypeSlug, BadgeType]) -> Iterator[str]:
    for one, other in combinations(
        [shown_type(slug, event.types, of_design) for slug in event.types], 2
    ):
        both = f"types.{one.slug} and types.{other.slug} have the same"
        if one.label == other.label:
            yield f"{both} label, {one.label!r}"
        if (one.color, one.pattern) == (other.color, other.pattern):
            yield f"{both} color and pattern, {one.color.rgb} and {one.pattern}"
