"""The test names are valid and distinct, and cover all required scripts, characters and attacks."""

import unicodedata

import pytest
from fontTools.unicodedata import script

from badge_forge.attendee import Attendee
from badge_forge.checks.names import Name, names
from helpers import badge_args

WANTED_SCRIPTS = """
    Latn Cyrl Grek Arab Hebr Deva Beng Gujr Guru Taml Telu Knda Mlym Sinh Thai Laoo Khmr Mymr Tibt Hani
    Hira Kana Hang Geor Armn Ethi Cher
"""

WANTED_CHARACTERS = {
    "dotted capital i": "İ",
    "dotless i": "ı",
    "zero-width non-joiner": "\u200c",
    "zero-width joiner": "\u200d",
    "zero-width space": "\u200b",
    "byte order mark": "\ufeff",
    "direction override": "\u202e",
    "soft hyphen": "\u00ad",
    "no-break space": "\u00a0",
    "line break": "\n",
    "tab": "\t",
    "skin tone": "\U0001f3fd",
    "keycap": "\u20e3",
    "end of a regional flag": "\U000e007f",
    "typographic apostrophe": "’",
    "ampersand": " & ",
}

WANTED_ATTACKS = [
    "<script>",
    '"><img src=x onerror=',
    "</style><style>*{display:none}",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "{{ ''.__class__",
    "expression(",
    "url(file:///etc/passwd)",
    "../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "$(rm -rf",
    "; DROP TABLE oban_jobs; --",
    "%s%n",
    "con.pdf",
]


@pytest.mark.parametrize("name", names(), ids=lambda name: name.what)
def test_every_name_is_valid_for_an_attendee(name: Name) -> None:
    assert Attendee.from_args(badge_args(name=name.text)).name == name.text


def test_every_name_is_different() -> None:
    assert len(names()) >= 100
    assert len({name.what for name in names()}) == len(names())
    assert len({name.text for name in names()}) == len(names())


@pytest.mark.parametrize("code", WANTED_SCRIPTS.split())
def test_a_name_is_written_in(code: str) -> None:
    assert any(script(char) == code for name in names() for char in name.text)


@pytest.mark.parametrize("what", WANTED_CHARACTERS)
def test_a_name_contains(what: str) -> None:
    assert any(WANTED_CHARACTERS[what] in name.text for name in names())


@pytest.mark.parametrize("attack", WANTED_ATTACKS)
def test_a_name_attacks_with(attack: str) -> None:
    assert any(attack in name.text for name in names())


def test_the_shortest_and_the_longest_names_are_included() -> None:
    by_what = {name.what: name.text for name in names()}
    assert len(by_what["one-letter"]) == len(by_what["one-character"]) == 1
    assert len(by_what["without-a-space-120"]) == 120
    assert " " not in by_what["without-a-space-120"]
    assert len(by_what["with-spaces-200"]) == len(by_what["chinese-200"]) == 200


def test_some_names_are_decomposed_and_some_are_bidirectional() -> None:
    assert any(unicodedata.normalize("NFC", name.text) != name.text for name in names())
    assert any(
        {"L", "AL"} <= {unicodedata.bidirectional(char) for char in name.text} for name in names()
    )
