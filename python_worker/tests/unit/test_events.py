"""An event is a file: what it contains, and errors that name the file, the key and the value."""

import re
from datetime import date
from pathlib import Path

import pytest

from badge_forge.designs.design import FORMER_TYPES
from badge_forge.errors import EventError, UnknownEventError, UsageError
from badge_forge.events.dates import written_dates
from badge_forge.events.event import Event, load_event, slugs
from badge_forge.events.findings import findings
from helpers import call

CONF = """
name = "Nordlicht"
place = "Kiel"
starts_on = 2027-05-12
ends_on = 2027-05-14
locale = "de-DE"
design = "a6"

[types.attendee]
tickets = ["Early Bird", "Regulär"]
[types.referent]
label = "Referent/in"
color = "#c8261c"
[types.press]
color = { rgb = "#7a3e9d", cmyk = [50, 75, 0, 38] }
pattern = "dots"

[list.columns]
name = "Voller Name"

[fields.table]
label = "Tisch"

[printers.office]
uri = "ipp://printer.local/ipp/print"
media = "iso_a6_105x148mm"
sides = "one-sided"

[desks]
front = ["office"]
"""


def load(folder: Path, text: str, slug: str = "nordlicht") -> Event:
    (folder / f"{slug}.toml").write_text(text)
    return load_event(slug, folder)


def test_an_event_has_what_its_file_says(tmp_path: Path) -> None:
    event = load(tmp_path, CONF)
    assert (event.slug, event.name, event.design) == ("nordlicht", "Nordlicht", "a6")
    assert list(event.types) == ["attendee", "referent", "press"]  # the order is the rank
    assert event.type_of_ticket == {"Early Bird": "attendee", "Regulär": "attendee"}
    assert event.list.columns == {"name": "Voller Name"}
    assert event.fields["table"].label == "Tisch"
    assert event.desks == {"front": ("office",)}
    assert event.printers["office"].uri == "ipp://printer.local/ipp/print"
    assert event.folder == tmp_path / "nordlicht"
    assert event.dates == "12.–14. Mai 2027"
    assert slugs(tmp_path) == ["nordlicht"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("place =", "plcae =", "has no key 'plcae': did you mean place?"),
        ("tickets =", "ticket =", "types.attendee: has no key 'ticket': did you mean tickets?"),
        ("[types.press]", "[types.Press]", "types.Press: "),
        ('"#c8261c"', '"red"', "types.referent.color.rgb: String should match pattern"),
        ('"#c8261c"', '"red"', "got 'red'"),
        ('"dots"', '"dotted"', "types.press.pattern: should be 'none', 'arrows'"),
        ('"de-DE"', '"deutsch"', "locale: should be a language as de, or one of a country as en-GB"),
        ("2027-05-14", "2027-05-01", "ends_on is 2027-05-01, before starts_on, 2027-05-12"),
        ("starts_on = 2027-05-12", "", "starts_on is missing"),
        (
            '"Regulär"]',
            '"Regulär"]\n[types.x]\ntickets = ["Regulär"]',
            "the ticket 'Regulär' is also in",
        ),
        ('front = ["office"]', 'front = ["ofice"]', "there is no printer 'ofice': did you mean office?"),
        ('"one-sided"', '"both"', "printers.office.sides: should be 'one-sided'"),
        ("ipp://", "usb://", "printers.office.uri: "),
        ('name = "Nordlicht"', "", "name: is missing"),
        ('name = "Nordlicht"', "name = Nordlicht", "Invalid value (at line 2"),
        ("[fields.table]", "[fields.Table-1]", "fields.Table-1: "),
        ('"Kiel"', '"Kiel\x01"', "Illegal character"),
    ],
)
def test_an_error_is_one_line_with_file_key_and_value(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert old in CONF
    with pytest.raises(EventError) as raised:
        load(tmp_path, CONF.replace(old, new, 1))
    text = str(raised.value)
    assert text.startswith(f"{tmp_path}/nordlicht.toml: ")
    assert message in text
    assert text.isprintable()


def test_an_unknown_event_suggests_a_known_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownEventError, match=r"no event nordlich: there are no events yet; `.*event"):
        load_event("nordlich", tmp_path)
    load(tmp_path, CONF)
    with pytest.raises(UnknownEventError, match=r"no event nordlich: did you mean nordlicht\?"):
        load_event("nordlich", tmp_path)


@pytest.mark.parametrize("slug", ["", "../conf", "Conf", "a--b", "x" * 61])
def test_what_is_not_a_slug_is_wrong_usage(slug: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="an event's slug must be of a-z, 0-9 and single hyphens"):
        load_event(slug, tmp_path)


def test_an_event_that_links_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.toml").write_text(CONF)
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "nordlicht.toml").symlink_to(tmp_path / "elsewhere.toml")
    with pytest.raises(EventError, match=r"nordlicht\.toml"):
        load_event("nordlicht", tmp_path / "events")


def test_fields_are_at_most_twenty(tmp_path: Path) -> None:
    fields = "".join(f"[fields.f{number}]\n" for number in range(21))
    with pytest.raises(EventError, match="fields: Dictionary should have at most 20 items"):
        load(tmp_path, 'name = "x"\n' + fields)


@pytest.mark.parametrize(
    ("last", "locale", "dates"),
    [
        (None, "de", "12. Mai 2027"),
        (date(2027, 5, 12), "en-GB", "12 May 2027"),
        (date(2027, 5, 14), "en-US", "May 12\u2009–\u200914, 2027"),
        (date(2027, 6, 1), "fr", "12 mai\u2009–\u20091 juin 2027"),
        (date(2027, 5, 14), "ja", "2027年5月12日～14日"),
    ],
)
def test_dates_are_written_as_in_the_language(last: date | None, locale: str, dates: str) -> None:
    assert written_dates(date(2027, 5, 12), last, locale) == dates


def test_what_may_be_a_mistake_is_found(tmp_path: Path) -> None:
    assert list(findings(load(tmp_path, CONF), FORMER_TYPES)) == []
    text = CONF.replace("[desks]", '[printers.spare]\nuri = "ipp://other/"\n[desks]')
    text = text.replace('pattern = "dots"', 'label = "Referent/in"')
    text = text.replace("[list.columns]", "[types.helper]\n[list.columns]")
    assert list(findings(load(tmp_path, text), FORMER_TYPES)) == [
        "types.attendee and types.helper have the same color and pattern, #ffffff and none",
        "types.referent and types.press have the same label, 'Referent/in'",
        "printers.spare: no desk has it",
    ]


def test_a_new_event_has_comments_and_is_valid(tmp_path: Path) -> None:
    events = str(tmp_path / "events")
    name = 'The "Übung" {conf} \\ 7'
    new = call("event", "new", "my-conf", "--name", name, EVENTS_DIR=events)
    assert (new.returncode, new.stdout) == (0, "")
    assert "my-conf.toml: created" in new.stderr
    text = (tmp_path / "events" / "my-conf.toml").read_text()
    assert text.count("\n#") > 20
    assert (tmp_path / "events" / "my-conf").is_dir()
    check = call("event", "check", "my-conf", EVENTS_DIR=events)
    assert (check.returncode, check.stdout) == (0, "my-conf: 4 types, 0 fields, 0 printers, 0 notes\n")
    assert call("event", "list", EVENTS_DIR=events).stdout == f"my-conf              {name}\n"
    again = call("event", "new", "my-conf", EVENTS_DIR=events)
    assert again.returncode == 1
    assert "my-conf.toml already exists: choose another slug, or edit that file" in again.stderr


def test_the_examples_in_the_comments_are_valid(tmp_path: Path) -> None:
    events = str(tmp_path)
    call("event", "new", "my-conf", EVENTS_DIR=events)
    path = tmp_path / "my-conf.toml"
    path.write_text(re.sub("(?m)^#(?! )", "", path.read_text()))
    check = call("event", "check", "my-conf", EVENTS_DIR=events)
    assert check.stdout == "my-conf: 5 types, 2 fields, 1 printer, 0 notes\n", check.stderr
