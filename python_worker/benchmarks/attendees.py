"""The people whose badges are rendered: invented, the same in each run, in the design's own letters."""

from collections.abc import Iterator
from itertools import count
from uuid import NAMESPACE_URL, uuid5

from badge_forge.attendee import Attendee

NAMES = (
    "Alasdair Fraser",
    "Guðrún Ólafsdóttir",
    "Ada Lovelace",
    "Nguyễn Thị Ánh",
    "Maximiliane von Hohenstein-Wittgenstein",
    "Bo Li",
    "Živojin Đukić",
    "Søren Kjærgaard",
    "Catrìona MacAskill",
    "Łukasz Wiśniewski",
    "Thandiwe Nkosi",
    "Γιώργος Παπαδόπουλος",
    "Оксана Шевченко",
    "José Ángel Echevarría Güell",
    "Ruth Cohen",
    "Şebnem Yıldırım",
    "Ioana Brâncuș",
    "Pat O’Leary",
    "Wilhelmina Featherstonehaugh",
    "Jun Ito",
)
COMPANIES = (
    "Wavelength Tech",
    "Moss, Moss & Daughters",
    "Institute of Lost Umbrellas",
    "Polite Volcano",
)
TITLES = ("Staff Engineer", "Database Administrator", "Professor of Distributed Systems")


def attendees() -> Iterator[Attendee]:
    """Yield speakers without end; each has an id, and so a QR code, of their own."""
    for number in count():
        yield Attendee(
            id=str(uuid5(NAMESPACE_URL, str(number))),
            name=NAMES[number % len(NAMES)],
            company=COMPANIES[number % len(COMPANIES)],
            type="speaker",
            title=TITLES[number % len(TITLES)],
            pronouns="she/her" if number % 2 else "",
        )
