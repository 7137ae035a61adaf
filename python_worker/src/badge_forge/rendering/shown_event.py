"""What a template shows of the event, of the badge's type, and of its fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from badge_forge.attendee import Attendee
from badge_forge.badge_types import shown_type
from badge_forge.designs.design import Design
from badge_forge.events.event import Event
from badge_forge.rendering.cmyk import CmykProfile
from badge_forge.rendering.colors import css
from badge_forge.text.text import printable

DESIGN_LANGUAGE = "en"
"""The language of a design's own event."""


def shown_event(attendee: Attendee, event: Event | None, design: Design) -> dict[str, Any]:
    """Return name, place, dates and language of the event, and whether it is the design's own."""
    own = design.settings.event
    if event:
        name, place, dates, language = event.name, event.place, event.dates, event.locale
    elif attendee.event and attendee.event != own.name:
        # Place and dates in the settings are those of the design's event.
        name, place, dates, language = "", "", "", DESIGN_LANGUAGE
    else:
        name, place, dates, language = own.name, own.place, own.dates, DESIGN_LANGUAGE
    return {
        "name": printable(attendee.event or name),
        "place": printable(place),
        "dates": printable(dates),
        "language": language,
        "of_design": event is None and attendee.event in ("", own.name),
    }


def shown_type_of(
    attendee: Attendee, event: Event | None, design: Design, cmyk: CmykProfile | None
) -> dict[str, Any]:
    """Return slug, label, color, pattern, and whether white text is legible on the color.

    Raises `InputError` if neither the event nor the design declares the type.
    """
    kind = shown_type(attendee.type, event.types if event else {}, design.settings.types)
    return {
        "slug": kind.slug,
        "label": printable(kind.label),
        "color": css(kind.color, cmyk),
        "dark": kind.color.is_dark,
        "pattern": kind.pattern,
    }


@dataclass(frozen=True)
class ShownField:
    """A text of the organiser's own, with the label of the event."""

    name: str
    label: str
    text: str

    @property
    def labelled(self) -> str:
        """Return the text after its label."""
        return f"{self.label} {self.text}".strip()


def printed_fields(attendee: Attendee, event: Event | None) -> list[ShownField]:
    """Return the fields that the event declares as printed and the attendee has, in its order."""
    found = (
        ShownField(name, printable(declared.label), printable(attendee.fields.get(name, "")))
        for name, declared in (event.fields.items() if event else ())
        if declared.printed
    )
    return [field for field in found if field.text]


class Fields:
    """The texts of the organiser's own, by name. One that is not given is empty.

    Not a dict, whose methods a template would find in place of a field called `items`.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.__texts = {name: printable(text) for name, text in texts.items()}

    def __getitem__(self, name: str) -> str:
        return self.__texts.get(name, "")

    def __iter__(self) -> Iterator[str]:
        return iter(self.__texts)

    def __len__(self) -> int:
        return len(self.__texts)
