"""Where the lines of a fitted text can end, and what is printed at the end of a line."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from badge_forge.text.text import CLOSING_ISOLATE, OPENING_ISOLATES

WORD_JOINER, SOFT_HYPHEN, HYPHEN = "\u2060", "\u00ad", "-"

BREAKS = re.compile("[\u00ad\u200b\u2060]")
"""Characters that only allow or forbid a break: soft hyphens, zero-width spaces, and word joiners."""

ENDS_A_PART = frozenset("-‐–—/·・＝゠")
"""Characters that a line can end with inside a word. The last four separate the parts of foreign names
in Chinese and Japanese."""


def glue_words(characters: Iterable[str]) -> str:
    """Join `characters` to a text that wraps between words only.

    By default, Chinese, Japanese and Korean text wraps anywhere. Other text is not changed.
    """
    glued = ""
    for previous, char in pairwise(["", *characters]):
        if _is_glued(previous, char):
            glued += WORD_JOINER
        glued += char
    return glued


def _is_glued(previous: str, char: str) -> bool:
    return (
        not (previous.isspace() or char.isspace() or previous in ENDS_A_PART)
        and bool(previous)
        and (_is_wide(previous) or _is_wide(char))
    )


def wraps_anywhere(text: str) -> bool:
    """Tell whether `text` has characters between which a line can end by default."""
    return not text.isascii() and any(map(_is_wide, text))


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char[0]) in ("W", "F")


def without_breaks(text: str) -> str:
    """Return `text` without spaces at its ends, and without characters that only control breaks."""
    return BREAKS.sub("", text).strip()


def printed_lines(parts: Iterable[str]) -> list[str]:
    """Return the lines of a text that was divided into `parts`, as they are printed.

    A line that ends at a soft hyphen gets a hyphen. An isolate that continues on the next line is closed
    at the end of each line, because each line is set separately.
    """
    lines, opened = [], ""
    for part in parts:
        text, opened = opened + part, _opened(opened + part)
        hyphen = HYPHEN if part.rstrip(WORD_JOINER).endswith(SOFT_HYPHEN) else ""
        lines.append(without_breaks(text) + hyphen + CLOSING_ISOLATE * len(opened))
    return lines


def _opened(text: str) -> str:
    """Return the isolates that are opened, but not closed, in `text`."""
    opened = ""
    for char in text:
        if char in OPENING_ISOLATES:
            opened += char
        elif char == CLOSING_ISOLATE:
            opened = opened[:-1]
    return opened
