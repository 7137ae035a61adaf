"""An event for checking designs: long texts in another language, types, fields and a photo."""

from datetime import date
from pathlib import Path

from badge_forge.attendee import Attendee
from badge_forge.colors import Color
from badge_forge.events.event import Event, EventField, EventType

SAMPLE = Path(__file__).parent / "sample"

FIELD_TEXT = "Verteilte Systeme"


def sample_event() -> Event:
    """Return the event, whose `folder` has a photo."""
    return Event(
        slug="sample",
        folder=SAMPLE,
        name="Norddeutsche Konferenz für verteilte Systeme",
        place="Kongresszentrum am Hafen, Kiel",
        starts_on=date(2027, 12, 28),
        ends_on=date(2028, 1, 2),
        locale="de",
        types={
            "programme-committee": EventType(
                label="Programmkomitee und Moderation", color=Color(rgb="#1d5b3a"), pattern="waves"
            ),
            "referent": EventType(label="Referent/in", color=Color(rgb="#f4d35e"), pattern="dots"),
        },
        fields={"table": EventField(label="Tisch"), "track": EventField(label="Strang")},
    )


def complete(attendee: Attendee, event: Event) -> Attendee:
    """Return `attendee` with a type, all fields and, if the event's folder has one, a photo."""
    photos = sorted(path.name for path in event.folder.glob("[!.]*.*")) if event.folder.is_dir() else []
    types = list(event.types)
    return attendee.model_copy(
        update={
            "event_slug": event.slug,
            "type": types[len(attendee.name) % len(types)] if types else attendee.type,
            "fields": dict.fromkeys(event.fields, FIELD_TEXT),
            "photo": photos[0] if photos else "",
        }
    )
