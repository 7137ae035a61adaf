"""Sort texts of people by the Unicode Collation Algorithm, with the letters of a language if wanted."""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from badge_forge.errors import UsageError
from badge_forge.text.text import printable

COLLATIONS = Path(__file__).parent / "collations.toml"

WORD_END = re.compile("[ \u2010-\u2015-]")
"""A space or a hyphen: Ann-Marie is next to Ann Marie."""

BETWEEN = "\ufffe"
"""The noncharacter that sorts before every letter, see Unicode Technical Standard #35. It separates
words: Ann Zed comes before Anna Bell, although the algorithm ignores spaces."""

LAST = 0xE000
"""Private-use characters sort after every letter. Following a letter, one makes a letter after it."""


def sorted_by_text[T](
    items: Sequence[T], texts: Callable[[T], Sequence[str]], locale: str | None = None
) -> list[T]:
    """Return `items` sorted by the first of their `texts`, then by the second, and so on.

    The order is the root order of Unicode CLDR, or that of the language of `locale` ("sv" or "sv_SE").
    Accents and case only decide between equal letters; punctuation is ignored. Equal items keep their
    order. Raises `UsageError` if the order of the language is unknown.
    """
    from feruca import collate  # imported here, because few commands sort

    tailored = _tailoring(locale)
    keys = [(BETWEEN * 2).join(_key(text, tailored) for text in texts(item)) for item in items]
    ordered = collate(sorted(set(keys)), tailoring="default")
    place = {key: number for number, key in enumerate(ordered)}
    numbers = sorted(range(len(items)), key=lambda number: place[keys[number]])
    return [items[number] for number in numbers]


def _key(text: str, tailored: Callable[[str], str]) -> str:
    return WORD_END.sub(BETWEEN, tailored(printable(text)))


def _tailoring(locale: str | None) -> Callable[[str], str]:
    """Return a function that writes the letters of a language so that the root order sorts them."""
    language = re.split(r"[-_.@]", (locale or "en").lower())[0]
    if language not in _collations():
        known = ", ".join(_collations())
        raise UsageError(f"there is no order for the locale {locale!r}: choose one of {known}")
    letters = dict(pair for rule in _collations()[language] for pair in _replacements(rule))
    if not letters:
        return lambda text: text
    longest_first = sorted(letters, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: pattern.sub(lambda found: letters[found[0]], text)


def _replacements(rule: str) -> Iterator[tuple[str, str]]:
    """Yield each letter of a rule, in lower and upper case, with what stands for it."""
    groups = [group.split("=") for group in rule.split()]
    base = groups[0][0]
    for after, group in enumerate(groups):
        mark = chr(LAST + after) if after else ""
        for letter in group[0 if after else 1 :]:
            yield letter, base + mark
            yield letter.capitalize(), base.upper() + mark
            yield letter.upper(), base.upper() + mark


@cache
def _collations() -> dict[str, list[str]]:
    with COLLATIONS.open("rb") as file:
        return tomllib.load(file)
