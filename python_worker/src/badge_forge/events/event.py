"""An event: the file `events/SLUG.toml`, and the folder `events/SLUG/` with its pictures."""

from collections.abc import Collection
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from badge_forge.attendee import DEFAULT_DESIGN, DesignName, EventSlug
from badge_forge.badge_types import BadgeType, TypeSlug
from badge_forge.errors import EventError, UnknownEventError, UsageError
from badge_forge.events.dates import locale_of, written_dates
from badge_forge.events.printers import Printer, PrinterName
from badge_forge.settings import COMMAND
from badge_forge.text.order import Order
from badge_forge.toml_settings import Table, load_toml, refuse

SUFFIX = ".toml"

MOST_FIELDS = 20
"""As the contract of badge jobs allows."""

FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Text = Annotated[str, Field(max_length=200)]
Header = Annotated[str, Field(min_length=1, max_length=500)]
Locale = Annotated[str, AfterValidator(locale_of)]


class EventType(BadgeType):
    """A type of an event, and the names of the `tickets` whose holders get it."""

    tickets: tuple[Header, ...] = ()


class EventField(Table):
    """A text of the organiser's own: its `label` on the badge, and its `column` in the list.

    Without a `column`, the header is the label, or the name of the field. A field that is not `printed`
    is only for templates that name it.
    """

    label: Annotated[str, Field(max_length=60)] = ""
    column: Header | None = None
    printed: bool = True


class ListTable(Table):
    """How to read the attendee list: the header of the column of each of our fields."""

    columns: dict[FieldName, Header] = Field(default_factory=dict)


class EventSettings(Table):
    """The model of an event's file. `types` are in the order of their rank: a later one is higher."""

    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]
    place: Text = ""
    starts_on: date | None = None
    ends_on: date | None = None
    locale: Locale = "en"
    design: DesignName = DEFAULT_DESIGN
    sort: Order = "queue"
    types: dict[TypeSlug, EventType] = Field(default_factory=dict)
    list: ListTable = ListTable()
    fields: Annotated[dict[FieldName, EventField], Field(max_length=MOST_FIELDS)] = Field(
        default_factory=dict
    )
    printers: dict[PrinterName, Printer] = Field(default_factory=dict)
    desks: dict[PrinterName, Annotated[tuple[PrinterName, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_on and not self.starts_on:
            refuse("order", "starts_on is missing, but ends_on is set: add it")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            refuse("order", f"ends_on is {self.ends_on}, before starts_on, {self.starts_on}")
        return self

    @model_validator(mode="after")
    def _has_a_type_for_each_ticket(self) -> Self:
        found: dict[str, str] = {}
        for slug, kind in self.types.items():
            for ticket in kind.tickets:
                if ticket in found:
                    refuse(
                        "repeated",
                        f"types.{slug}.tickets: the ticket {ticket!r} is also in types.{found[ticket]}: "
                        "remove it there or here",
                    )
                found[ticket] = slug
        return self

    @model_validator(mode="after")
    def _has_the_printers_of_its_desks(self) -> Self:
        for desk, names in self.desks.items():
            for name in names:
                if name not in self.printers:
                    known = _suggestion(name, self.printers, "printers")
                    refuse("unknown_name", f"desks.{desk}: there is no printer {name!r}: {known}")
        return self


class Event(EventSettings):
    """An event: its `slug`, its settings, and the `folder` of its pictures, which may not exist."""

    slug: EventSlug
    folder: Path

    @property
    def dates(self) -> str:
        """Return the dates as the event's language writes them, or ""."""
        return written_dates(self.starts_on, self.ends_on, self.locale)

    @property
    def type_of_ticket(self) -> dict[str, str]:
        """Return the slug of the type of each ticket that the file names."""
        return {ticket: slug for slug, kind in self.types.items() for ticket in kind.tickets}


def load_event(slug: str, events_dir: Path) -> Event:
    """Read and check the event `slug` in `events_dir`.

    Raises `UsageError` if it is not a slug, `UnknownEventError` if there is no such file, and
    `EventError` with the file, each wrong key and its value if it is invalid.
    """
    require_slug(slug)
    path = file_of(slug, events_dir)
    if not path.exists():
        advice = _suggestion(slug, slugs(events_dir), "events")
        raise UnknownEventError(
            f"there is no event {slug}: {advice}; `{COMMAND} event new {slug}` creates one"
        )
    settings = load_toml(path, events_dir, EventSettings, EventError)
    # `settings` are checked, and so is `slug`.
    return Event.model_construct(**dict(settings), slug=slug, folder=folder_of(slug, events_dir))


def require_slug(slug: str) -> None:
    """Raise `UsageError` if `slug` can't be the slug of an event."""
    try:
        TypeAdapter(EventSlug).validate_python(slug)
    except ValidationError:
        raise UsageError(
            f"an event's slug must be of a-z, 0-9 and single hyphens, at most 60, got: {slug!r}"
        ) from None


def file_of(slug: str, events_dir: Path) -> Path:
    """Return the path of the event's file, which may not exist."""
    return events_dir / f"{slug}{SUFFIX}"


def folder_of(slug: str, events_dir: Path) -> Path:
    """Return the path of the folder with the event's pictures, which may not exist."""
    return events_dir / slug


def slugs(events_dir: Path) -> list[str]:
    """Return the slugs of all events in `events_dir`."""
    return sorted(path.stem for path in events_dir.glob(f"*{SUFFIX}"))


def _suggestion(name: str, known: Collection[str], what: str) -> str:
    """Return what to do about an unknown `name`: "did you mean office?"."""
    if similar := get_close_matches(name, known, n=1):
        return f"did you mean {similar[0]}?"
    return f"{what} are {', '.join(known)}" if known else f"there are no {what} yet"
