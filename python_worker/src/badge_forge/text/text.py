"""A person's text, made fit to print: no character is changed that anyone would see."""

import re
import unicodedata
from typing import Literal

Direction = Literal["ltr", "rtl"]

COMPOUND = {"عبد", "Abd", "Abdul", "Abdel", "Abu", "أبو"}
"""First words that are half a name."""

INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Soft hyphens, zero-width spaces, marks and overrides of direction: they print nothing, and can turn
the order of what is around them. Joiners stay: Persian, Indic scripts and emoji need them."""

HONORIFICS = {"dr", "prof", "mr", "mrs", "ms", "mx", "rev", "sir", "dame", "herr", "frau"}

FAMILY_FIRST = re.compile("[\u1ea0-\u1ef9\u01a0\u01a1\u01af\u01b0\u0110\u0111]")
"""Letters that are Vietnamese: there the family's name comes first."""

HAN = "[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
KANA = "[\u3040-\u30ff]"
HANGUL = "[\u1100-\u11ff\uac00-\ud7ff]"


SHAPELESS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols by their category that print nothing: Hangul's fillers, the empty Braille cell."""


def cut(text: str, length: int) -> str:
    """Return `text` if it has no more than `length` characters, else so many of it, and an ellipsis."""
    return text if len(text) <= length else text[:length] + "…"


def printable(text: str) -> str:
    """Return `text` composed (NFC), on one line, without what is invisible or a control character."""
    text = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", text)).split())


def direction(text: str) -> Direction:
    """Return the direction in which `text` is read: that of its first letter that has one."""
    for char in text:
        match unicodedata.bidirectional(char):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return "ltr"


def language(text: str) -> str:
    """Return the language whose forms of the Han characters `text` needs, or "" without any.

    Han characters look different in Chinese, Japanese and Korean. What a name of them alone is can't be
    known: Chinese is by far the likeliest.
    """
    if re.search(KANA, text):
        return "ja"
    if re.search(HANGUL, text):
        return "ko"
    return "zh-CN" if re.search(HAN, text) else ""


def given_name(name: str) -> str:
    """Return what to print largest of the printable `name`: the given name, where one can be told.

    That is the first word, after titles. Names that are not written so are returned whole: without
    spaces, "Lovelace, Ada", initials, Vietnamese, Chinese, Japanese and Korean.
    """
    if language(name) or "," in name or FAMILY_FIRST.search(name):
        return name
    words = [word for word in name.split() if word.rstrip(".").lower() not in HONORIFICS]
    if not words or "." in words[0] or words[0] in COMPOUND or not _has_letters(words[0]):
        return name
    return words[0]


def _has_letters(word: str) -> bool:
    return len(word) > 1 and any(char.isalnum() for char in word)


def needs_actual_text(text: str) -> bool:
    """Tell whether what `text` reads can't be told from its glyphs one by one.

    So it is where marks join or move others, as in the scripts of India and in stacked accents.
    """
    return any(unicodedata.category(char)[0] == "M" for char in set(text))


def is_visible(text: str) -> bool:
    """Tell whether anything of `text` would be seen: a letter, digit, sign or symbol with a shape.

    A character that is private or unknown would be, by whoever has a font for it.
    """
    return any(
        (unicodedata.category(char)[0] in "LNPS" or unicodedata.category(char) in ("Co", "Cn"))
        and char not in SHAPELESS
        for char in printable(text)
    )
