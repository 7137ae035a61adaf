"""Decode the bytes of a text file in a safe order, so that no name is misspelled without an error."""

import codecs
import io
from dataclasses import dataclass, field
from typing import TextIO

from badge_forge.errors import ListError

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

SAMPLE_BYTES = 4096

LAST_RESORT = "cp1252"
"""The encoding of Excel's CSV in Western Europe and America. Its bytes are not UTF-8 by accident."""


@dataclass(frozen=True)
class Decodable:
    """The `content` of a text file, its encoding, and whether that is `assumed` without evidence."""

    content: bytes = field(repr=False)
    encoding: str
    assumed: bool = False

    def text(self) -> TextIO:
        """Return a file that decodes the content as it is read, with its line breaks as they are."""
        return io.TextIOWrapper(io.BytesIO(self.content), self.encoding, newline="")


def decodable(content: bytes, encoding: str | None = None) -> Decodable:
    """Find the encoding of `content`: the user's, or a byte order mark's, UTF-16, UTF-8, or cp1252.

    A free detection of encodings takes cp1252 for others, in which names look plausible and are wrong.
    Raises `ListError` if the bytes are not in the encoding.
    """
    if encoding is not None:
        return _checked(content, _known(encoding))
    for mark, marked in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _checked(content, marked)
    if without_mark := _utf_16(content[:SAMPLE_BYTES]):
        return _checked(content, without_mark)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _checked(content, LAST_RESORT, assumed=True)
    return Decodable(content, "utf-8")


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        name = ""
    if not name or not codecs.lookup(name)._is_text_encoding:
        raise ListError(
            f"encoding: {encoding!r} is not known: use a name such as utf-8, cp1252 or cp1250"
        )
    return "utf-8-sig" if name == "utf-8" else name


def _utf_16(sample: bytes) -> str | None:
    """Return UTF-16 in the byte order that the NUL bytes of `sample` show, or None.

    Texts in Latin letters have a NUL in every other byte, and tables in any script have such tabs,
    commas and line breaks. UTF-8 and cp1252 have none.
    """
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    if max(odd, even) * 10 < len(sample) // 2 or min(odd, even) * 10 > max(odd, even):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _checked(content: bytes, encoding: str, *, assumed: bool = False) -> Decodable:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ListError(
            f"the file is not in {encoding}: {error.reason} at byte {error.start}: "
            "name its encoding with --encoding"
        ) from None
    return Decodable(content, encoding, assumed)
