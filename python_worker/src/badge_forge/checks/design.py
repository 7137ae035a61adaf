"""Check a design with all test names: errors, overflow, shortened texts, and fallback fonts."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from badge_forge.attendee import Attendee, TypeSlug
from badge_forge.checks.names import Name, names
from badge_forge.checks.sample_event import complete, sample_event
from badge_forge.designs.design import STYLE, TEMPLATE
from badge_forge.errors import BadgeForgeError
from badge_forge.events.event import Event
from badge_forge.rendering.geometry import Place, places
from badge_forge.rendering.renderer import LaidOut, Renderer
from badge_forge.rendering.weasyprint_log import log_messages

ID = "00000000-0000-4000-8000-000000000000"

LONG_NAME = "María de la Concepción Hernández-Fernández y Rodríguez de la Torre Villanueva"

BADGE_NAME_LENGTH = 40
"""The longest badge name that the contract allows, in characters."""


COMPLETE_EACH = 8
"""Each of so many names is also on a badge with an event, fields and a photo."""


@dataclass(frozen=True)
class Finding:
    """A finding about a design: an `error` that must be fixed, or a `note`.

    `name` describes the test name that it was found with, if it depends on it. Findings of the same
    `topic`, by default the `problem`, can be told together.
    """

    kind: Literal["error", "note"]
    problem: str
    name: str = ""
    topic: str = ""

    @property
    def text(self) -> str:
        """Return the finding in one line: "greek: the name (badge.html.jinja:2) overflows its box"."""
        return f"{self.name}: {self.problem}" if self.name else self.problem


def check(renderer: Renderer, event: Event | None = None) -> Iterator[tuple[Name, list[Finding]]]:
    """Render each test name and yield it with its findings. Each finding is yielded once.

    Short names are also rendered as badge names, above a long name. Some are rendered with fields and a
    photo. The badges are those of `event`, by default of the design's own event and of a sample.
    """
    seen: set[Finding] = set()
    types = list((event.types if event else None) or renderer.design.settings.types)
    richest = event or sample_event()
    for number, name in enumerate(names()):
        attendee = _attendee(name, types[number % len(types)], renderer.design.name)
        found = list(findings(renderer, attendee, name.what, event))
        if len(name.text) <= BADGE_NAME_LENGTH:
            badge_name = attendee.model_copy(update={"name": LONG_NAME, "badge_name": name.text})
            found += findings(renderer, badge_name, name.what, event)
        if number % COMPLETE_EACH == 0:
            found += findings(renderer, complete(attendee, richest), name.what, richest)
        new = [finding for finding in dict.fromkeys(found) if finding not in seen]
        seen.update(new)
        yield name, new


def _attendee(name: Name, type_: TypeSlug, design: str) -> Attendee:
    return Attendee(
        id=ID,
        name=name.text,
        company="Hebridean Distributed Systems and Sons",
        type=type_,
        title="Principal Engineer for Storage and Queues",
        pronouns="they/them",
        design=design,
    )


def findings(
    renderer: Renderer, attendee: Attendee, name: str = "", event: Event | None = None
) -> Iterator[Finding]:
    """Render the attendee's badge, and yield what is wrong or notable. `name` describes the name."""
    with log_messages(logging.WARNING) as warnings:
        try:
            laid_out = renderer.lay_out(attendee, event)
            badge = renderer.write(laid_out, attendee)
        except BadgeForgeError as error:
            yield Finding("error", str(error))
            return
    for warning in warnings:
        yield Finding("error", f"{STYLE} or {TEMPLATE}: {warning}")
    yield from _overflows(name, laid_out)
    for fit in badge.shortened:
        yield Finding("note", str(fit), name)
    if badge.fallbacks:
        font = f"uses the fallback font {', '.join(badge.fallbacks)}"
        yield Finding("note", font, name, topic="uses a fallback font")


def _overflows(name: str, laid_out: LaidOut) -> Iterator[Finding]:
    found = list(places(laid_out.document))
    for number in set(range(len(laid_out.fits))) - {place.fit for place in found}:
        fit = laid_out.fits[number]
        yield Finding("error", f"{fit.what} ({TEMPLATE}:{fit.line}) is outside the page", name)
    for place in found:
        if not all(place.rectangle.within(container) for container in place.containers):
            what = _described(place, laid_out)
            yield Finding("error", f"{what} overflows its box", name)
    for one, other in combinations(found, 2):
        if one.page == other.page and one.rectangle.overlaps(other.rectangle):
            both = f"{_described(one, laid_out)} and {_described(other, laid_out)}"
            yield Finding("error", f"{both} overlap", name)


def _described(place: Place, laid_out: LaidOut) -> str:
    if place.fit is None:
        return f"the text {place.text.strip()!r}"
    fit = laid_out.fits[place.fit]
    return f"{fit.what} ({TEMPLATE}:{fit.line})"
