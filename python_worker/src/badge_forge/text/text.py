"""Texts of people: clean them for printing without a visible change, and find out what they need."""

import re
import unicodedata
from typing import Literal

Direction = Literal["ltr", "rtl"]

INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Soft hyphens, zero-width spaces, and direction marks and overrides. They print nothing, but some
reverse the text around them. Joiners are not included: Persian, Indic scripts and emoji need them."""

ACCENTS = re.compile("[\u0300-\u036f]")
STROKES = str.maketrans("łøđħı", "lodhi")
"""Letters that Unicode does not decompose."""

HAN = "[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
KANA = "[\u3040-\u30ff]"
HANGUL = "[\u1100-\u11ff\uac00-\ud7ff]"

IDEOGRAPHIC_VARIATIONS = "[\U000e0100-\U000e01ef]"
"""Selectors of a form of a Han character. Only Japanese fonts have such forms."""

HAN_DEFAULT = "zh-CN"
"""The language of Han characters without another sign: Chinese, which is by far the most likely."""


SHAPELESS = "\u115f\u1160\u2800\u3164\uffa0"
"""Unicode classifies these as letters or symbols, but they print nothing: the Hangul fillers and the
empty Braille cell."""


def counted(number: float, noun: str, plural: str = "") -> str:
    """Return a number with its noun, in the plural if needed: "1 badge", "2 badges", "0.5 days"."""
    shown = f"{number:.3g}" if isinstance(number, float) else str(number)
    return f"{shown} {noun}" if shown == "1" else f"{shown} {plural or f'{noun}s'}"


def cut(text: str, length: int) -> str:
    """Cut `text` to `length` characters, and add an ellipsis if it was longer."""
    return text if len(text) <= length else text[:length] + "…"


def one_line(text: str | None, length: int) -> str:
    """Make untrusted `text` safe for a terminal: one line of at most `length` characters.

    Control characters and changes of direction become U+FFFD. An empty text or None becomes "-".
    """
    shown = "".join(char if char.isprintable() else "\ufffd" for char in (text or "-")[: length + 1])
    return cut(shown, length)


def printable(text: str) -> str:
    """Normalize `text` to NFC and one line, without invisible and control characters."""
    text = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", text)).split())


def unaccented(text: str) -> str:
    """Return `text` in lower case without accents, to sort and search: "zolc" for "Żółć"."""
    return ACCENTS.sub("", unicodedata.normalize("NFKD", text.lower())).translate(STROKES)


def direction(text: str) -> Direction:
    """Return the reading direction of `text`: that of its first character with a strong direction."""
    for char in text:
        match unicodedata.bidirectional(char):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return "ltr"


def language(text: str) -> str:
    """Return the language that determines how the Han characters of `text` are drawn, or "".

    Han characters look different in Chinese, Japanese and Korean. A name without kana and Hangul is
    taken for Chinese, which is by far the most likely.
    """
    if re.search(f"{KANA}|{IDEOGRAPHIC_VARIATIONS}", text):
        return "ja"
    if re.search(HANGUL, text):
        return "ko"
    return HAN_DEFAULT if re.search(HAN, text) else ""


def needs_actual_text(text: str) -> bool:
    """Tell whether a PDF needs /ActualText for `text`, because its glyphs do not map to characters.

    This is the case for combining marks, as in Indic scripts and stacked accents.
    """
    return any(unicodedata.category(char)[0] == "M" for char in set(text))


def is_visible(text: str) -> bool:
    """Tell whether `text` has a visible character: a letter, digit, punctuation mark or symbol.

    Private-use and unassigned characters count as visible, since a font may have a glyph for them.
    """
    return any(
        (unicodedata.category(char)[0] in "LNPS" or unicodedata.category(char) in ("Co", "Cn"))
        and char not in SHAPELESS
        for char in printable(text)
    )
