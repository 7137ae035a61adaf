"""Texts that are no names, or that a wrong encoding or a spreadsheet has damaged."""

import re
import unicodedata

from badge_forge.lists.cells import kind_of

FORMULA_ERROR = re.compile(
    r"#(N/A|NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!|NV|WERT!|BEZUG!)", re.I
)
ENTITY = re.compile(r"&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);", re.I)
URL = re.compile(r"(https?://|www\.)\S", re.I)
ADDRESS = re.compile(r"\S@\S+\.\S")
DATE = re.compile(
    r"\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}\.?([T ]\d{1,2}:\d{2}(:\d{2})?)?|\d{1,2}[-/.]\d{1,2}\.?"
)
MONTH_DAY = re.compile(
    r"(\d{1,2}[-. ](jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)|"
    r"(jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[-. ]\d{1,4})",
    re.I,
)
LOST_LETTER = re.compile(r"\w\?\w|(^|\s)\?\w")
SURROGATE = re.compile("[\ud800-\udfff]")
HIGH_RUN = re.compile("[^\x00-\x7f]{2,}")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
"""Controls but tabs and line breaks, which can be in a cell."""

PLACEHOLDERS = frozenset(
    """
    - -- --- . ? n/a n.a. na. #n/a null none nil nan tbd tba t.b.d. t.b.a. test xxx xx x unknown
    unbekannt inconnu anonymous anonym anonyme guest gast invité total summe unassigned undefined
    """.split()  # noqa: SIM905 # a list would have a line for each
)


def damage(cell: str) -> str | None:
    """Return what damaged the text of `cell`, or None: for any text that is printed."""
    if not cell.isascii():
        if "\ufffd" in cell:
            return "has the replacement character U+FFFD: letters were lost before the file was saved"
        if SURROGATE.search(cell):
            return "has half of a surrogate pair"
        if is_mojibake(cell):
            return "is UTF-8 that was read in another encoding"
    if CONTROL.search(cell):
        return "has a control character: the encoding is wrong"
    if cell.startswith("#") and FORMULA_ERROR.fullmatch(cell.strip()):
        return "is an error of a formula"
    if "&" in cell and ENTITY.search(cell):
        return "has an HTML entity"
    return None


def not_a_name(cell: str) -> str | None:
    """Return why `cell`, which is not blank, is no name of a person, or None."""
    text = cell.strip()
    if kind := kind_of(cell):
        return f"is a {kind} in the spreadsheet" if kind != "yes or no" else "is a yes or no"
    if text.casefold() in PLACEHOLDERS:
        return "is a placeholder"
    if text.startswith(("=", "@")):
        return "is a formula"
    if URL.search(text):
        return "is a web address"
    if ADDRESS.search(text):
        return "is an e-mail address"
    if LOST_LETTER.search(text):
        return "has a ? where a letter was lost"
    if DATE.fullmatch(text) or MONTH_DAY.fullmatch(text):
        return "is a date"
    if not any(unicodedata.category(char)[0] == "L" for char in text):
        return "is a number" if any(char.isdigit() for char in text) else "has no letter"
    return None


def is_mojibake(text: str) -> bool:
    """Tell whether a part of `text` is UTF-8 that was read as cp1252 or Latin-1, such as "Ã…se"."""
    if text.isascii():
        return False
    return any(map(_is_utf_8_read_otherwise, HIGH_RUN.findall(text)))


def _is_utf_8_read_otherwise(run: str) -> bool:
    content = bytearray()
    for char in run:
        try:
            content += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 0xFF:
                return False
            content.append(ord(char))
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def difficulty(name: str) -> tuple[int, int]:
    """Return a key that sorts names by how likely they are wrong: letters beyond ASCII, then length."""
    return sum(not char.isascii() for char in name), len(name)
