"""Names are cleaned for printing without a visible change."""

import re

import pytest

from badge_forge.settings import ROOT
from badge_forge.text.text import (
    counted,
    direction,
    is_visible,
    language,
    needs_actual_text,
    printable,
    searchable,
    unaccented,
)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Ada\r\nKing\tLovelace ", "Ada King Lovelace"),
        ("Ada\u202e \u202bByron\u202c", "Ada Byron"),
        ("\ufeffLove\u00adlace\u200b\u00ad", "Love\u00adlace"),
        ("Ada \u2066Byron\u2069", "Ada \u2066Byron\u2069"),
        ("\u2067Ada \u2066Byron\u2069 \u2069King\u2069", "\u2067Ada \u2066Byron\u2069 \u2069King"),
        ("\u2068Ada \u2066Byron\u2069", "Ada \u2066Byron\u2069"),
        ("Ada\u200e! \u200fB\u061c", "Ada\u200e! \u200fB\u061c"),
        ("\u00a0Ada\u00a0\u202fB  C\u3000D\u2007", "Ada\u00a0\u202fB C D"),
        ("A\u200bd\u2060a", "A\u200bd\u2060a"),
        ("\u1828\u1820\u180e\u1820", "\u1828\u1820\u180e\u1820"),
        ("\ufa19\u845b\U000e0100e\u0301", "\ufa19\u845b\U000e0100é"),
        ("Zoe\u0308", "Zoë"),
        ("Ada\x07\x1bX", "Ada X"),
        ("احمدی\u200cنژاد", "احمدی\u200cنژاد"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("&lt;b&gt;", "&lt;b&gt;"),
    ],
)
def test_only_what_is_not_printed_is_changed(text: str, printed: str) -> None:
    assert printable(text) == printed


@pytest.mark.parametrize("text", ["\ufff9", "\u3164", "\u115f", "\u2800", "\U000e0041", "\u0301", " \t"])
def test_characters_that_print_nothing_are_not_visible(text: str) -> None:
    assert not is_visible(text)
    assert is_visible(text + "X")


def test_the_first_letter_with_a_direction_decides_the_text_direction() -> None:
    assert direction("1337 محمد John") == "rtl"
    assert direction("John محمد") == "ltr"
    assert direction("42") == "ltr"
    assert direction("\u200fAda") == direction("\u061cAda") == "rtl"
    assert direction("\u200eمحمد") == "ltr"
    assert direction("\u2067محمد\u2069 John") == "ltr"


def test_the_language_of_han_characters_is_detected() -> None:
    assert [language(text) for text in ("王小明", "山田 さくら", "李 철수", "Ada")] == [
        "zh-CN",
        "ja",
        "ko",
        "",
    ]


def test_scripts_whose_glyphs_do_not_reveal_the_text_need_actual_text() -> None:
    assert needs_actual_text("प्रियंका")
    assert not needs_actual_text("Nguyễn Łukasz 王")


def test_a_text_to_search_has_no_characters_that_only_change_how_it_is_drawn() -> None:
    assert searchable("\u2068Love\u00adlace\u2069\u200f\u00a0A\u200bda") == "Lovelace Ada"
    assert searchable("احمدی\u200cنژاد") == "احمدی\u200cنژاد"


@pytest.mark.parametrize(("number", "text"), [(0, "0 badges"), (1, "1 badge"), (2, "2 badges")])
def test_counted_uses_the_singular_only_for_one(number: int, text: str) -> None:
    assert counted(number, "badge") == text


def test_texts_are_compared_without_accents_and_case() -> None:
    names = ["Żółkiewski", "Íñigo", "Đỗ Ngữ", "ǅ", "محمد", "Ødegård", "Işıl"]
    assert list(map(unaccented, names)) == [
        "zolkiewski",
        "inigo",
        "do ngu",
        "dz",
        "محمد",
        "odegard",
        "isil",
    ]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 badges"), (1, "1 badge"), (2, "2 badges"), (1.0, "1 badge"), (0.5, "0.5 badges")],
)
def test_a_counted_noun_is_singular_for_one(number: float, expected: str) -> None:
    assert counted(number, "badge") == expected


def test_messages_count_with_counted() -> None:
    """Otherwise they say "1 badges"."""
    nouns = "badge|job|sheet|page|print|renderer|name|day|batche|migration|attempt|error|note"
    wrong = [
        f"{path.name}: {line.strip()}"
        for path in (ROOT / "python_worker" / "src").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(rf"((?<!COMMAND)\}}|%[ds]) ({nouns})s\b", line)
    ]
    assert wrong == []
