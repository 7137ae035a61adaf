"""The QR code of a badge: what it says, and its modules as one path."""

import io
import re
from typing import Literal

import segno
from segno import helpers

from badge_forge.attendee import Attendee
from badge_forge.errors import InputError
from badge_forge.text import printable

QUIET_ZONE = 4
"""Light modules around the code, as ISO/IEC 18004 asks for."""

MIN_MODULE_MM = 0.375
"""Three dots of a 203 dpi thermal printer, the least that its users' scanners read."""

DOT_MM = 0.125
"""A dot of a 203 dpi thermal printer, eight to the millimetre. Modules are whole dots, or some would
print wider than others."""

ERROR_CORRECTION: tuple[Literal["q", "m", "l"], ...] = ("q", "m", "l")
"""The levels, best first: a lower one only where a code would not fit with a higher."""


class Qr:
    """A QR code that is `size_mm` wide and high with its quiet zone.

    `path` draws its dark modules as an SVG path, in modules from the top left of the quiet zone;
    `modules` is the number of modules across, the quiet zone's included.
    """

    def __init__(self, code: segno.QRCode, module_mm: float) -> None:
        self.modules = code.symbol_size(border=QUIET_ZONE)[0]
        self.module_mm = module_mm
        self.size_mm = self.modules * module_mm
        self.path = _path(code)


def content(attendee: Attendee) -> str:
    """Return what the attendee's QR code says, "" for none."""
    match attendee.qr:
        case "id":
            return attendee.id
        case "url":
            return attendee.url
        case "vcard":
            return _vcard(attendee)
        case "none":
            return ""


def make(text: str, max_mm: float) -> Qr:
    """Return the QR code of `text` with the largest modules that `max_mm` has room for.

    Raises `InputError` if `text` is too long to be read at that size.
    """
    for level in ERROR_CORRECTION:
        try:
            code = segno.make_qr(text, error=level, boost_error=False)
        except segno.DataOverflowError:
            continue
        dots = int(max_mm / code.symbol_size(border=QUIET_ZONE)[0] / DOT_MM)
        if dots * DOT_MM >= MIN_MODULE_MM:
            return Qr(code, dots * DOT_MM)
    raise InputError(
        "qr",
        f"qr: {len(text.encode())} bytes are too many for a QR code of {max_mm:g} mm that a phone "
        "reads; shorten what it carries, or use the kind id",
    )


def _vcard(attendee: Attendee) -> str:
    name = printable(attendee.name)
    return helpers.make_vcard_data(
        name=re.sub(r"[\\;,]", " ", name),  # the helper's one field that it does not escape
        displayname=name,
        org=printable(attendee.company) or None,
        title=printable(attendee.title) or None,
        email=attendee.email or None,
        url=attendee.url or None,
    )


def _path(code: segno.QRCode) -> str:
    """Return the dark modules as one filled path: a rectangle for each run of them in a row.

    One path, because a viewer shows seams between areas that it fills one by one.
    """
    path = io.StringIO()
    for y, row in enumerate(code.matrix_iter(border=QUIET_ZONE)):
        start = None
        for x, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                path.write(f"M{start} {y}h{x - start}v1H{start}z")
                start = None
    return path.getvalue()
