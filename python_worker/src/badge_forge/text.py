"""A person's text, made fit to print: no character is changed that anyone would see."""

import re
import unicodedata
from typing import Literal

Direction = Literal["ltr", "rtl"]

INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Soft hyphens, zero-width spaces, marks and overrides of direction: they print nothing, and can turn
the order of what is around them. Joiners stay: Persian, Indic scripts and emoji need them."""

HONORIFICS = {"dr", "prof", "mr", "mrs", "ms", "mx", "rev"}

HAN = "[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
KANA = "[\u3040-\u30ff]"
HANGUL = "[\u1100-\u11ff\uac00-\ud7ff]"


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
    spaces, "Lovelace, Ada", initials, Chinese, Japanese and Korean.
    """
    if language(name) or "," in name:
        return name
    words = [word for word in name.split() if word.rstrip(".").lower() not in HONORIFICS]
    if not words or _is_initial(words[0]):
        return name
    return words[0]


def _is_initial(word: str) -> bool:
    return bool(re.fullmatch(r"(\w\.)+\w?|\w", word))


def needs_actual_text(text: str) -> bool:
    """Tell whether what `text` reads can't be told from its glyphs one by one.

    So it is where marks join or move others, as in the scripts of India and in stacked accents.
    """
    return any(unicodedata.category(char)[0] == "M" for char in text)
