"""Lists of pretix are recognised in every language that it writes."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from badge_forge import lists
from badge_forge.events.event import Event, load_event
from badge_forge.lists.reading import ReadList, read_list
from badge_forge.lists.systems import System, folded, systems
from badge_forge.lists.types import TypesOfTickets
from list_files import write_csv

LANGUAGES = tomllib.loads(files(lists).joinpath("pretix.toml").read_text(encoding="utf-8"))
ENGLISH = LANGUAGES["en"]

POSITIONS = (
    "event",
    "order",
    "position",
    "status",
    "buyer_email",
    "product",
    "variation",
    "name",
    "email",
    "company",
    "secret",
    "addon_to",
)
CHECK_IN = (
    "order",
    "name",
    "product",
    "checked_in",
    "paid",
    "list_secret",
    "buyer_email",
    "list_company",
)


@pytest.fixture
def event(tmp_path: Path) -> Event:
    (tmp_path / "my-conf.toml").write_text('name = "My Conf"')
    return load_event("my-conf", tmp_path)


def read(path: Path, event: Event) -> ReadList:
    return read_list(path, event, TypesOfTickets(event, {}, ["attendee"]), {})


@pytest.mark.parametrize("language", LANGUAGES)
def test_order_positions_are_read_in_each_language(language: str, event: Event, tmp_path: Path) -> None:
    headers = ENGLISH | LANGUAGES[language]
    words = ENGLISH["words"] | LANGUAGES[language].get("words", {})

    def row(number: int, word: str, name: str = "Åse Øverland", addon: str = "") -> list[str]:
        values = {
            "order": "ABC",
            "position": str(number),
            "status": words[word],
            "buyer_email": "buyer@x.org",
            "product": "Early Bird",
            "name": name,
            "email": f"{number}@x.org",
            "company": "ACME",
            "secret": f"s{number}",
            "addon_to": addon,
        }
        return [values.get(key, "") for key in POSITIONS]

    rows = [
        [headers[key] for key in POSITIONS],
        row(1, "paid"),
        row(2, "paid", addon="1"),
        row(3, "canceled"),
        row(4, "pending"),
        row(5, "expired"),
        row(6, "confirmed", "Ann"),
        row(7, "approval"),
    ]
    found = read(write_csv(tmp_path / "orders.csv", rows), event)
    assert found.columns.system
    assert found.columns.system.name == "pretix-positions"
    assert [
        (person.name, person.email, person.args["company"], person.ticket) for person in found.people
    ] == [
        ("Åse Øverland", "1@x.org", "ACME", "ABC-1"),
        ("Ann", "6@x.org", "ACME", "ABC-6"),
    ]
    assert not found.rejected


@pytest.mark.parametrize("language", LANGUAGES)
def test_check_in_lists_are_read_in_each_language(language: str, event: Event, tmp_path: Path) -> None:
    headers = ENGLISH | LANGUAGES[language]
    words = ENGLISH["words"] | LANGUAGES[language].get("words", {})
    values = {
        "order": "ABC",
        "name": "Åse Øverland",
        "product": "Early Bird",
        "paid": words["yes"],
        "list_company": "ACME",
    }
    rows = [[headers[key] for key in CHECK_IN], [values.get(key, "") for key in CHECK_IN]]
    found = read(write_csv(tmp_path / "list.csv", rows), event)
    assert found.columns.system
    assert found.columns.system.name == "pretix-check-in"
    assert [(person.name, person.args["company"], person.order) for person in found.people] == [
        ("Åse Øverland", "ACME", "ABC")
    ]


def test_the_attendee_has_more_than_thirty_spellings() -> None:
    assert len({language.get("name", "") for language in LANGUAGES.values()}) > 30
    assert len({language.get("order", "") for language in LANGUAGES.values()}) > 30


def readings(system: System) -> dict[str, set[str]]:
    fields: dict[str, set[str]] = {}
    for field, headers in system.columns.items():
        for header in headers:
            fields.setdefault(header, set()).add(field)
    return fields


def test_a_header_is_one_field_of_a_system_except_e_mail_and_company() -> None:
    for system in systems():
        for header, fields in readings(system).items():
            assert len(fields) == 1 or fields == {"email", "company"}, (system.title, header)


def test_a_word_of_a_status_is_accepted_or_refused() -> None:
    for system in systems():
        assert not system.accepted & system.refused, system.title
        assert all(header == folded(header) for headers in system.columns.values() for header in headers)
