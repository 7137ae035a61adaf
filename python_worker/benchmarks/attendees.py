"""Invented attendees: the same in each run, with names that the design's own fonts can draw."""

from collections.abc import Iterator
from itertools import count

from faker import Faker

from badge_forge.attendee import Attendee

LOCALES = ["en_GB", "de_DE", "fr_FR", "es_ES", "pl_PL", "cs_CZ", "sv_SE", "tr_TR", "el_GR", "uk_UA"]
SEED = 4


def attendees() -> Iterator[Attendee]:
    """Yield an endless sequence of speakers. Each has a different name, id and QR code."""
    invented = Faker(LOCALES)
    invented.seed_instance(SEED)
    for number in count():
        yield Attendee(
            id=invented.uuid4(),
            name=invented.name(),
            company=invented.company(),
            type="speaker",
            title=invented.job(),
            pronouns="she/her" if number % 2 else "",
        )
