"""The QR code of a badge: what it says, and its modules as one path."""

import re
from collections import defaultdict
from typing import Literal

import segno
from segno import helpers

from badge_forge.attendee import Attendee
from badge_forge.errors import InputError
from badge_forge.text import printable

type Point = tuple[int, int]

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
    """Return the outlines of the dark areas as one path, to be filled by the non-zero winding rule.

    One path, because a viewer shows seams between areas that it fills one by one.
    """
    dark = {
        (x, y)
        for y, row in enumerate(code.matrix_iter(border=QUIET_ZONE))
        for x, module in enumerate(row)
        if module
    }
    ends = _edges(dark)
    path = []
    while ends:
        path.append(_outline(ends))
    return "".join(path)


def _edges(dark: set[Point]) -> dict[Point, list[Point]]:
    """Return the edges between dark and light by where they start; the dark lies to their right."""
    ends: dict[Point, list[Point]] = defaultdict(list)
    for x, y in sorted(dark):
        corners = ((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1))
        across = ((x, y - 1), (x + 1, y), (x, y + 1), (x - 1, y))
        for start, end, neighbour in zip(corners, corners[1:] + corners[:1], across, strict=True):
            if neighbour not in dark:
                ends[start].append(end)
    return ends


def _outline(ends: dict[Point, list[Point]]) -> str:
    """Take the edges of one closed outline out of `ends`, and return it as a path."""
    start = corner = next(iter(ends))
    path = [f"M{start[0]} {start[1]}"]
    while True:
        end = ends[corner].pop()
        if not ends[corner]:
            del ends[corner]
        direction, value = ("H", end[0]) if end[1] == corner[1] else ("V", end[1])
        if path[-1].startswith(direction):
            path.pop()  # straight on
        path.append(f"{direction}{value}")
        corner = end
        if corner == start:
            return "".join(path[:-1]) + "z"
