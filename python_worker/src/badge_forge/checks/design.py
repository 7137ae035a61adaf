"""What a design makes of every test name: errors, what overflows, what was shortened or fell back."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

from badge_forge.attendee import Attendee, AttendeeType
from badge_forge.checks.names import Name, names
from badge_forge.designs.design import STYLE, TEMPLATE
from badge_forge.errors import BadgeForgeError
from badge_forge.rendering.geometry import Place, places
from badge_forge.rendering.renderer import LaidOut, Renderer
from badge_forge.rendering.weasyprint_log import log_messages

ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Finding:
    """Something about a design: an `error` to mend, or a `note` to know of."""

    kind: Literal["error", "note"]
    text: str


def check(renderer: Renderer) -> Iterator[tuple[Name, list[Finding]]]:
    """Render every test name in turn, and yield it with what was found: each finding once."""
    said: set[Finding] = set()
    types = get_args(AttendeeType)
    for number, name in enumerate(names()):
        attendee = _attendee(name, types[number % len(types)], renderer.design.name)
        new = [finding for finding in _findings(renderer, name, attendee) if finding not in said]
        said.update(new)
        yield name, new


def _attendee(name: Name, type_: AttendeeType, design: str) -> Attendee:
    return Attendee(
        id=ID,
        name=name.text,
        company="Hebridean Distributed Systems and Sons",
        type=type_,
        title="Principal Engineer for Storage and Queues",
        pronouns="they/them",
        design=design,
    )


def _findings(renderer: Renderer, name: Name, attendee: Attendee) -> Iterator[Finding]:
    with log_messages(logging.WARNING) as warnings:
        try:
            laid_out = renderer.lay_out(attendee)
            badge = renderer.write(laid_out, attendee)
        except BadgeForgeError as error:
            yield Finding("error", str(error))
            return
    for warning in warnings:
        yield Finding("error", f"{STYLE} or {TEMPLATE}: {warning}")
    yield from _overflows(name, laid_out)
    for fit in badge.shortened:
        yield Finding("note", f"{name.what}: {fit}")
    if badge.fallbacks:
        yield Finding("note", f"{name.what}: partly in {', '.join(badge.fallbacks)}")


def _overflows(name: Name, laid_out: LaidOut) -> Iterator[Finding]:
    found = list(places(laid_out.document))
    for number in set(range(len(laid_out.fits))) - {place.fit for place in found}:
        fit = laid_out.fits[number]
        yield Finding(
            "error", f"{name.what}: {fit.what} ({TEMPLATE}:{fit.line}) is lost: it is off the page"
        )
    for place in found:
        if not all(place.rectangle.within(holder) for holder in place.holders):
            what = _called(place, laid_out)
            yield Finding("error", f"{name.what}: {what} sticks out of its place")
    for one, other in combinations(found, 2):
        if one.page == other.page and one.rectangle.overlaps(other.rectangle):
            both = f"{_called(one, laid_out)} and {_called(other, laid_out)}"
            yield Finding("error", f"{name.what}: {both} overlap")


def _called(place: Place, laid_out: LaidOut) -> str:
    if place.fit is None:
        return f"the text {place.text.strip()!r}"
    fit = laid_out.fits[place.fit]
    return f"{fit.what} ({TEMPLATE}:{fit.line})"
