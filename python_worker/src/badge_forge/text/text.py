"""Texts of people: clean them for printing without a visible change, and find out what they need."""

import re
import unicodedata
from typing import Literal

Direction = Literal["ltr", "rtl"]

INVISIBLE = re.compile("[\u202a-\u202e\u2061-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb]")
"""Embeddings and overrides of the direction, which reverse the text around them, and characters that
change nothing on paper. All other invisible characters change what is visible: joiners, direction marks
and isolates, soft hyphens, zero-width spaces, and word joiners."""

SPACES = re.compile(r"[^\S\u00a0\u2007\u202f]+")
"""Spaces at which a line can end. The three others are no-break spaces."""

OPENING_ISOLATES, CLOSING_ISOLATE = "\u2066\u2067\u2068", "\u2069"

ONLY_INSIDE = "\u00a0\u00ad\u2007\u200b\u202f\u2060"
"""Characters that change nothing at the ends of a text."""

ONLY_DRAWN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u2060\u2066-\u2069]")
"""Soft hyphens, zero-width spaces, word joiners, direction marks, and isolates."""

COMPATIBILITY_HAN = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f])")
"""Han characters that NFC would replace with others, which look different."""

ESCAPED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that control a terminal, or the text around them."""

JOINERS = "\u200c\u200d"

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


def escaped(text: str) -> str:
    r"""Make untrusted `text` safe for a terminal and a log: one line that only goes forward.

    Control characters, line breaks, changes of direction and other invisible characters become `\u001b`,
    the escape that JSON has for them. Joiners remain: Persian, Indic scripts and emoji need them.
    """
    if text.isprintable():
        return text
    return "".join(
        _escape(char) if unicodedata.category(char) in ESCAPED and char not in JOINERS else char
        for char in text
    )


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def one_line(text: str | None, length: int) -> str:
    """Return `escaped` of untrusted `text`, cut to `length` characters, or "-" if there is none."""
    return cut(escaped((text or "-")[: length + 1]), length)


def printable(text: str) -> str:
    """Normalize `text` to NFC and one line, without what is not printed.

    Invisible characters that change what is visible are kept, but an isolate only if it is closed.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    text = _without_open_isolates(INVISIBLE.sub("", text))
    parts = COMPATIBILITY_HAN.split(text)  # every second part is such a character
    parts[::2] = (unicodedata.normalize("NFC", part) for part in parts[::2])
    return SPACES.sub(" ", "".join(parts)).strip(f" {ONLY_INSIDE}")


def searchable(text: str) -> str:
    """Return the printable `text` as a user types it, without what only changes how it is drawn."""
    return ONLY_DRAWN.sub("", printable(text)).replace("\u00a0", " ")


def _without_open_isolates(text: str) -> str:
    """Return `text` without isolates that are not closed, and without what closes none."""
    opened: list[int] = []
    unpaired: set[int] = set()
    for at, char in enumerate(text):
        if char in OPENING_ISOLATES:
            opened.append(at)
        elif char == CLOSING_ISOLATE:
            if opened:
                opened.pop()
            else:
                unpaired.add(at)
    unpaired.update(opened)
    return "".join(char for at, char in enumerate(text) if at not in unpaired) if unpaired else text


def unaccented(text: str) -> str:
    """Return `text` in lower case without accents, to sort and search: "zolc" for "Żółć"."""
    return ACCENTS.sub("", unicodedata.normalize("NFKD", text.lower())).translate(STROKES)


def direction(text: str) -> Direction:
    """Return the reading direction of `text`: that of its first character with a strong direction.

    Isolated text does not count.
    """
    isolated = 0
    for char in text:
        if char in OPENING_ISOLATES:
            isolated += 1
        elif char == CLOSING_ISOLATE:
            isolated -= 1
        elif isolated <= 0:
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
