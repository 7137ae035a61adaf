"""The parts of a name: titles, given name, family name. The language of a name is unknown.

nameparser reads the name. It knows titles, particles and post-nominals of many languages, and always
finds an answer. This module decides whether that answer is certain enough to print.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from nameparser import AmbiguityKind, Lexicon, ParsedName, Parser, PatronymicRule, Policy, Role

from badge_forge.text.text import HAN, language

WORDS = Path(__file__).parent / "name_words.toml"

FAMILY_FIRST_LETTERS = re.compile(
    "[\u1ea0-\u1ef9ƠơƯưŐőŰűǍǎǏǐǑǒǓǔǙǚ]|^(?!.*[ČčĆćŠšŽž]).*[Đđ]"  # Serbian and Croatian have Đ, too
)
"""Letters of Vietnamese, Hungarian, and Chinese in Pinyin."""

SYLLABLES = re.compile(r"[^\W\d_a-z]\w*-[a-z]+")
"""A given name of two syllables, as Korean and Taiwanese ones are written: "Min-jun"."""

MARKS = "\u200e\u200f\u061c"
"""Direction marks, which nameparser removes."""


def _words() -> dict[str, frozenset[str]]:
    with WORDS.open("rb") as file:
        return {kind: frozenset(words.split()) for kind, words in tomllib.load(file).items()}


OWN = _words()
LEXICON = Lexicon.default().add(
    titles=OWN["titles"], particles=OWN["particles"], particles_ambiguous=OWN["particles"]
)
PARSER = Parser(LEXICON, Policy(patronymic_rules=frozenset(PatronymicRule)))

IN_TITLES = (LEXICON.titles | LEXICON.conjunctions | {"&"}) - LEXICON.particles - OWN["borne_as_names"]
"""The words that certainly belong to a title at the start of a name."""


WITH_A_MEANING = LEXICON.titles.union(
    LEXICON.suffix_acronyms,
    LEXICON.suffix_words,
    LEXICON.particles,
    LEXICON.conjunctions,
    LEXICON.bound_given_names,
    LEXICON.maiden_markers,
)
"""The words that nameparser may take for anything but a given or family name."""


@dataclass(frozen=True)
class NameParts:
    """The parts of a name, each empty if it is missing.

    `certain` tells whether given and family name are. If not, they are a guess, which is good enough to
    sort by. `untitled` is the name without the titles at its start.
    """

    title: str
    given: str
    middle: str
    family: str
    suffix: str
    untitled: str
    certain: bool


def given_name(name: str) -> str:
    """Return the part of the printable `name` to print largest: the given name if it is certain.

    Otherwise returns the whole name. Chinese, Japanese and Korean names are always printed whole.
    """
    parts = name_parts(name)
    return parts.given if parts.certain and not language(name) else name


@lru_cache(maxsize=1)  # the page and the QR code of a badge need the same
def name_parts(name: str) -> NameParts:
    """Divide the printable `name` into its parts."""
    first, _, last = name.partition(" ")
    if _is_ordinary(first) and _is_ordinary(last) and not _starts_with_family_name(name):
        # Most names are of this kind. nameparser says the same, but takes a fiftieth of a badge's time.
        return NameParts("", first, "", last, "", untitled=name, certain=True)
    return read_parts(name)


def read_parts(name: str) -> NameParts:
    """Divide the printable `name` as `name_parts` does, always with nameparser."""
    read = PARSER.parse(name)
    titles = [token.text for token in takewhile(lambda token: token.role == Role.TITLE, read.tokens)]
    are_titles = all(map(_is_title, titles))
    rest = " ".join(name.split()[len(titles) :]) if are_titles else name
    if _starts_with_family_name(rest):
        family, _, given = rest.partition(" ")
        certain = are_titles and _is_chinese_japanese_or_korean(family, given)
        return NameParts(read.title, given, "", family, "", rest, certain)
    return NameParts(
        read.title,
        read.given,
        read.middle,
        read.family,
        read.suffix,
        untitled=rest or name,
        certain=are_titles and _is_certain(read, rest),
    )


def _is_ordinary(word: str) -> bool:
    """Tell whether `word` is written like a name, and has no other meaning."""
    return len(word) > 1 and word.isalpha() and word.istitle() and word.lower() not in WITH_A_MEANING


def _is_title(word: str) -> bool:
    """Tell whether `word`, at the start of a name, is certainly a title.

    nameparser takes every abbreviation for a title, but some are of a name: "Wm. Scott Magargee".
    """
    key = _key(word)
    known = key in IN_TITLES or all(part in IN_TITLES for part in key.split("."))
    return known or (word.endswith(".") and (word.islower() or key in LEXICON.suffix_acronyms))


def _starts_with_family_name(name: str) -> bool:
    """Tell whether `name` looks like one of a language in which the family name comes first.

    So do "YAMADA Taro" and "Kim Min-jun". Other Hungarian, Chinese, Japanese and Korean names in Latin
    script can't be recognized.
    """
    first, _, others = name.partition(" ")
    in_capitals = len(first) > 2 and first.isupper() and "." not in first
    return bool(
        language(name)
        or FAMILY_FIRST_LETTERS.search(name)
        or (in_capitals and others and not others.isupper())
        or SYLLABLES.fullmatch(others)
    )


def _is_chinese_japanese_or_korean(family: str, given: str) -> bool:
    """Tell whether a space divides such a name, so that its parts are certain."""
    is_family = re.fullmatch(f"{HAN}+", family) or family in LEXICON.surnames
    return bool(is_family and given and " " not in given)


def _is_certain(read: ParsedName, untitled: str) -> bool:
    """Tell whether the name that was `read` certainly begins with its given name."""
    words = [token.text for token in read.tokens_for(Role.GIVEN)]
    return (
        bool(words)
        and untitled.lstrip(MARKS).split()[: len(words)] == words
        and all(found.kind == AmbiguityKind.GIVEN_OR_FAMILY for found in read.ambiguities)
        and all(map(_is_name, words))
        and _key(words[-1]) not in LEXICON.bound_given_names
        and not (read.middle and read.family.endswith("."))  # "Иванов И. И."
    )


def _is_name(word: str) -> bool:
    """Tell whether `word` is written like a name: not as an initial, an article or an acronym."""
    key = _key(word)
    return (
        len(word) > 1
        and "." not in word
        and any(map(str.isalnum, word))
        and key not in LEXICON.conjunctions
        and not (key in LEXICON.suffix_acronyms and not word[1:].islower())
    )


def _key(word: str) -> str:
    """Return `word` as `LEXICON` spells it."""
    return word.strip(".").lower()
