"""Lists of people are in the order that readers of a language expect."""

import random
import unicodedata

import pytest

from badge_forge.errors import UsageError
from badge_forge.text.collation import COLLATIONS, sorted_by_text
from badge_forge.text.sort_names import family_name_first, without_titles


def in_order(names: list[str], locale: str | None = None) -> bool:
    """Tell whether sorting `names`, shuffled, gives the same order."""
    shuffled = random.Random(1).sample(names, len(names))
    return sorted_by_text(shuffled, lambda name: [name], locale) == names


def test_accented_and_stroked_letters_are_next_to_their_base_letters() -> None:
    assert in_order(["Anna", "Åsa", "Astrid", "Émile", "Emma", "Łukasz", "Luna", "Øyvind", "Zoe"])


def test_composed_and_decomposed_letters_are_the_same() -> None:
    names = ["Emma", "\u00c9mile B", "E\u0301mile A", "Zoe"]
    assert sorted_by_text(names, lambda name: [name]) == [names[2], names[1], names[0], names[3]]


def test_spaces_separate_words_but_do_not_sort_first() -> None:
    assert in_order(["Ann Marie A", "Ann-Marie B", "Ann Zed", "Anna Bell", " Bob", "Zoe"])


def test_case_and_punctuation_decide_last() -> None:
    assert in_order(["ada A", "Ada B", "ada C", "O'Brien", "OBrien X", "Oscar"])


def test_several_fields_are_compared_one_after_the_other() -> None:
    people = [("Acme", "Zoe"), ("Acme", "Åsa"), ("", "Bob"), ("Acme Labs", "Ada")]
    assert sorted_by_text(people, lambda person: person) == [
        ("", "Bob"),
        ("Acme", "Åsa"),
        ("Acme", "Zoe"),
        ("Acme Labs", "Ada"),
    ]


@pytest.mark.parametrize(
    ("locale", "names"),
    [
        ("sv", ["Anna", "Myller", "Müller B", "Zoe", "Zzz", "Åsa", "Ärla", "Örjan"]),
        ("sv_SE.UTF-8", ["Anna", "Zoe", "ÅSA", "åsa b"]),
        ("da", ["Anna", "Zoe", "Ægir", "Øyvind", "Åse", "Aase B"]),
        ("nb-NO", ["Zoe", "Ægir", "Øyvind", "Åse"]),
        ("cs", ["Cyril", "Čapek", "Hus", "Chalupa", "Ivan"]),
        ("pl", ["Lzz", "Łukasz", "Maria"]),
        ("tr", ["Hülya", "Işıl", "İlker", "Jale"]),
        ("et", ["Sulev", "Šura", "Zoja", "Žanna", "Taavi", "Õie", "Ülle"]),
        ("es", ["Nuñez", "Núñez B", "Nzz", "Ñuflo", "Olga"]),
        ("de", ["Anna", "Ärla", "Zoe"]),
    ],
)
def test_a_language_has_its_own_order(locale: str, names: list[str]) -> None:
    assert in_order(names, locale)


def test_an_unknown_locale_is_reported_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no order for the locale 'xx': choose one of af, az, .*, sv"):
        sorted_by_text(["a"], lambda name: [name], "xx")


def test_the_rules_are_in_normal_form() -> None:
    text = COLLATIONS.read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize(
    ("name", "sorted_as"),
    [
        ("Dr. Ada Lovelace", "Ada Lovelace"),
        ("Prof. Dr. Ada Lovelace", "Ada Lovelace"),
        ("  Ada Lovelace", "Ada Lovelace"),
        ("Dr.", "Dr."),
        ("Drew Barrymore", "Drew Barrymore"),
    ],
)
def test_titles_and_leading_spaces_are_ignored(name: str, sorted_as: str) -> None:
    assert without_titles(name) == sorted_as


@pytest.mark.parametrize(
    ("name", "family", "given"),
    [
        ("Ada Lovelace", "Lovelace", "Ada"),
        ("Dr. Ada King Lovelace", "Lovelace", "Ada King"),
        ("Lovelace, Ada", "Lovelace", "Ada"),
        ("Martin Luther King, Jr.", "King", "Martin Luther"),
        ("Martin Luther King Jr.", "King", "Martin Luther"),
        ("Guido van Rossum", "van Rossum", "Guido"),
        ("Ludwig Mies van der Rohe", "van der Rohe", "Ludwig Mies"),
        ("bell hooks", "hooks", "bell"),
        ("王小明", "王小明", ""),
        ("Nguyễn Thị Ánh", "Nguyễn", "Thị Ánh"),
        ("Madonna", "Madonna", ""),
    ],
)
def test_a_list_can_be_sorted_by_family_name(name: str, family: str, given: str) -> None:
    assert family_name_first(name) == (family, given)
