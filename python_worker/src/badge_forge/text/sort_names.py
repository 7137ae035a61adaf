"""The part of a person's name that a list is sorted by."""

import re

from badge_forge.text.text import FAMILY_FIRST, HONORIFICS, language, printable

SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "esq", "msc", "mba", "ba", "bsc"}
"""Words after a family name, in lower case without full stops."""


def without_titles(name: str) -> str:
    """Return the printable `name` without titles before it: "Ada Lovelace" for "Dr. Ada Lovelace"."""
    words = printable(name).split()
    while len(words) > 1 and _bare(words[0]) in HONORIFICS:
        words = words[1:]
    return " ".join(words)


def family_name_first(name: str) -> tuple[str, str]:
    """Return the family name of `name` and the rest, without titles.

    The family name is a guess: the text before a comma, or else the last word with the words in lower
    case before it ("van der Berg"). Vietnamese, Chinese, Japanese and Korean names begin with it.
    """
    name = without_titles(name)
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma and given and _bare(given) not in SUFFIXES:
        return family, given
    if language(family) or FAMILY_FIRST.search(family):
        return family, ""
    words = family.split()
    while len(words) > 1 and _bare(words[-1]) in SUFFIXES:
        words.pop()
    start = len(words) - 1
    while start > 1 and words[start - 1].islower():
        start -= 1
    return " ".join(words[start:]), " ".join(words[:start])


def _bare(word: str) -> str:
    return re.sub(r"[.,]", "", word).lower()
