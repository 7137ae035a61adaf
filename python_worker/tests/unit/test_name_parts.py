"""The largest word on a badge is the given name if that is certain, and the whole name otherwise."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badge_forge.text.name_parts import LEXICON, given_name, name_parts, read_parts

TITLES = [
    "Professor", "Prof.", "Doctor", "Dr.", "Dr", "Captain", "Capt.", "Colonel", "Sergeant", "Sir",
    "Dame", "Mr", "Mr.", "Mrs", "Ms.", "Miss", "Mx", "Mme", "Mme.", "Mlle", "Madame", "Monsieur",
    "Maître", "Herr", "Frau", "Señora", "Sra.", "Signor", "Dott.ssa", "Dottoressa", "Doutora", "Fru",
    "Mevrouw", "Rev.", "Rabbi", "Imam", "Hon.", "Mag.", "Mgr.", "Ing.", "MUDr.", "Dipl.-Ing.",
    "Dr.-Ing.", "Doç. Dr.", "Prof. Dr.", "Prof Dr", "Prof.Dr.", "Prof. Dr. med.",
    "Prof. Dr. h.c. mult.", "Herr Dr.", "mgr inż.", "Lt. Col.", "Assistant Professor",
    "Vice President", "The Honorable", "Her Excellency", "Д-р", "проф.", "доктор", "профессор", "Δρ.",
    "Καθηγητής", 'ד"ר', "डॉ.", "श्री", "الدكتور", "السيدة",
]  # fmt: skip

ONLY_A_PART = [
    "Ibn Sina", "Umm Kulthum", "أم كلثوم", "El Hassan", "Abu Bakr", "أبو بكر", "Al Pacino",
    "Bint Ahmed", "Mc Donald", "Van Morrison", "De Niro", "Abdul Rahman", "عبد الله", "Mac Arthur",
    "Di Caprio", "La Rosa", "Le Corbusier", "Von Trapp", "Ter Stegen", "Ten Brink", "San Martin",
    "Bin Laden", "Dos Santos", "Bint al-Huda", "ابن سينا", "The Dude",
]  # fmt: skip

IN_DOUBT = [
    "Lovelace, Ada", "da Silva, Maria", "Ada Lovelace, Analytical Engines", "J. R. R. Tolkien",
    "J.R.R. Tolkien", "X Æ A-12", "X", "Иванов И. И.", "M. Jean Dupont", ". Ada", "🚀 Ada Lovelace",
    "", "Dr.", "Professor", "Captain", "Dr. Dr.", "Professor Doctor", "Miss Ada", "Frau Müller",
    "Lady Gaga", "Prince Rogers Nelson", "King Charles", "Sultan Ahmed Khan", "Royal Rain Smith",
    "Marquis Brown", "Wm. Scott Magargee", "Prof. Alex. Graham Bell", "St. John Smith",
    "Dr.Ada Lovelace", "MD John Smith", "PhD Ada Lovelace", "Ph.D. Ada Lovelace", "山田 太郎",
    "山田 さくら", "王小明", "김 철수", "김철수", "マイケル ジョーダン", "Dr. 山田 太郎",
    "王小明 Smith", "Nguyễn Thị Ánh", "Đinh Minh", "Szűcs Zsófia", "Dr. Kőszegi Ágnes", "Lǐ Xiǎoyàn",
    "YAMADA Taro", "Kim Min-jun", "Park Seo-yeon", "Chiang Kai-shek", "Иванова Анна Петровна",
    "Иванов Иван Иванович",
]  # fmt: skip

CERTAIN = {
    "Ada Lovelace": "Ada",
    "Ada": "Ada",
    "Ada King Lovelace PhD": "Ada",
    "Ada Lovelace, BSc, MSc": "Ada",
    "Ada Lovelace, Countess": "Ada",
    "Sammy Davis Jr.": "Sammy",
    "Dr. Martin Luther King Jr.": "Martin",
    "Martin Luther King III": "Martin",
    'Ada "Countess" Lovelace': "Ada",
    "Jean-Luc Picard": "Jean-Luc",
    "Dean Martin": "Dean",
    "Ed Sheeran": "Ed",
    "Ma Rainey": "Ma",
    "D'Arcy Smith": "D'Arcy",
    "Anna Lloyd-Jones": "Anna",
    "Vincent van Gogh": "Vincent",
    "Maria da Silva": "Maria",
    "Abu Bakr Siddiq": "Abu Bakr",
    "Abdul Rahman Smith": "Abdul Rahman",
    "عبد الله السعيد": "عبد الله",
    "محمد بن عبد الله": "محمد",
    "\u200fمحمد علي": "محمد",
    "Sister Mary": "Mary",
    "Taro YAMADA": "Taro",
    "Min-jun Kim": "Min-jun",
    "Đorđe Balašević": "Đorđe",
    "Анна Петровна Иванова": "Анна",
    "Guðrún Ólafsdóttir": "Guðrún",
    "प्रियंका शर्मा": "प्रियंका",
    "דוד בן גוריון": "דוד",
}


@pytest.mark.parametrize("spelled", [str, str.upper, str.lower, str.title])
@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_never_the_largest_word(title: str, spelled: type[str]) -> None:
    given, family = spelled("Anna"), spelled("Weber")
    assert given_name(f"{spelled(title)} {given} {family}") in (
        given,
        f"{spelled(title)} {given} {family}",
    )
    assert given_name(f"{title} Anna Weber") == "Anna"


@pytest.mark.parametrize("spelled", [str, str.upper, str.lower])
@pytest.mark.parametrize("name", ONLY_A_PART)
def test_a_particle_is_never_the_largest_word(name: str, spelled: type[str]) -> None:
    assert given_name(spelled(name)) == spelled(name)


@pytest.mark.parametrize("name", IN_DOUBT)
def test_a_name_is_printed_whole_when_in_doubt(name: str) -> None:
    assert given_name(name) == name


@pytest.mark.parametrize("name", CERTAIN)
def test_a_certain_given_name_is_the_largest_word(name: str) -> None:
    assert given_name(name) == CERTAIN[name]
    assert given_name(name.upper()) in (CERTAIN[name].upper(), name.upper())


@pytest.mark.parametrize(
    ("name", "family", "untitled"),
    [
        ("Dr. Ada Lovelace", "Lovelace", "Ada Lovelace"),
        ("Prof. Dr. med. Ludwig van Beethoven", "van Beethoven", "Ludwig van Beethoven"),
        ("Ahmed El Sayed", "El Sayed", "Ahmed El Sayed"),
        ("Lovelace, Ada", "Lovelace", "Lovelace, Ada"),
        ("Frau Müller", "Müller", "Müller"),
        ("Nguyễn Thị Ánh", "Nguyễn", "Nguyễn Thị Ánh"),
        ("Dr. Szűcs Zsófia", "Szűcs", "Szűcs Zsófia"),
        ("YAMADA Taro", "YAMADA", "YAMADA Taro"),
        ("山田 太郎", "山田", "山田 太郎"),
        ("김 철수", "김", "김 철수"),
        ("王小明", "王小明", "王小明"),
        ("Sammy Davis Jr.", "Davis", "Sammy Davis Jr."),
        ("Prince Rogers Nelson", "Nelson", "Prince Rogers Nelson"),
        ("Dr.", "", "Dr."),
    ],
)
def test_names_can_be_sorted_without_titles_and_by_family(name: str, family: str, untitled: str) -> None:
    parts = name_parts(name)
    assert (parts.family, parts.untitled) == (family, untitled)


LETTERS = st.text("abcdefghijklmnopqrstuvwxyzäåçéíñøšßабвгдеийнояαβγις", min_size=1, max_size=7)
WORDS = st.one_of(LETTERS, st.sampled_from(sorted(LEXICON.titles | LEXICON.particles))).map(str.title)


@settings(max_examples=1_000, deadline=None)
@given(first=WORDS, last=WORDS)
def test_ordinary_names_have_the_parts_that_nameparser_finds(first: str, last: str) -> None:
    assert name_parts(f"{first} {last}") == read_parts(f"{first} {last}")
