"""The QR code of a badge: what it says, and its modules as one path."""

import re
from typing import Any

import zxingcpp
from tinycss2.color5 import parse_color

from badge_forge.attendee import Attendee
from badge_forge.errors import InputError
from badge_forge.text.text import printable
from badge_forge.units import PX_PER_MM

type Rows = list[bytes]
"""The modules of a code row by row, each a byte: 0 where it is dark."""

QUIET_ZONE = 4
"""Light modules around the code, as ISO/IEC 18004 asks for, and as zxing-cpp adds them."""

DARK = re.compile(rb"\0+")

MIN_MODULE_MM = 0.375
"""Three dots of a 203 dpi thermal printer, the least that its users' scanners read."""

DOT_MM = 0.125
"""A dot of a 203 dpi thermal printer, eight to the millimetre. Modules are whole dots, or some would
print wider than others."""

ERROR_CORRECTION = ("Q", "M", "L")
"""The levels, best first: a lower one only where a code would not fit with a higher."""


class Qr:
    """A QR code that is `size_mm` wide and high with its quiet zone, of `modules` modules each way.

    `runs` are its dark modules, row by row, as rectangles in PDF's operators, from the top left.

    An image as WeasyPrint draws images, from its cache: as SVG it would cost as much as half the badge.
    """

    def __init__(self, rows: Rows, module_mm: float, color: str) -> None:
        self.modules = len(rows)
        self.module_mm = module_mm
        self.size_mm = self.modules * module_mm
        self.color = color
        self.runs = _runs(rows)

    def get_intrinsic_size(self, _resolution: float, _font_size: float) -> tuple[float, float, float]:
        """Return width and height in CSS pixels, and their ratio, as WeasyPrint asks for."""
        size = self.size_mm * PX_PER_MM
        return size, size, 1

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Fill the dark modules on a WeasyPrint `stream`, as one path.

        One path, because a viewer shows seams between areas that it fills one by one. Areas that touch
        inside of a path have none.
        """
        stream.transform(a=width / self.modules, d=height / self.modules)
        stream.set_color(parse_color(self.color))
        stream.stream.append(self.runs)
        stream.fill()


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


def make(text: str, max_mm: float, color: str = "#000") -> Qr:
    """Return the QR code of `text` with the largest modules that `max_mm` has room for.

    `color` is one of CSS. Raises `InputError` if `text` is too long to be read at that size, and
    `ValueError` if the colour is none.
    """
    if parse_color(color) is None:
        raise ValueError(f"{color!r} is no colour")
    for level in ERROR_CORRECTION:
        rows = _rows(text, level)
        dots = int(max_mm / len(rows) / DOT_MM) if rows else 0
        if dots * DOT_MM >= MIN_MODULE_MM:
            return Qr(rows, dots * DOT_MM, color)
    raise InputError(
        "qr",
        f"qr: {len(text.encode())} bytes are too many for a QR code of {max_mm:g} mm that a phone "
        "reads; shorten what it carries, or use the kind id",
    )


def _vcard(attendee: Attendee) -> str:
    """Return a vCard of version 3.0 (RFC 2426). The name stays whole: nobody said what its parts are."""
    name = _escape(attendee.name)
    fields = {
        "N": f"{name};;;;",
        "FN": name,
        "ORG": _escape(attendee.company),
        "TITLE": _escape(attendee.title),
        "EMAIL": _escape(attendee.email),
        "URL": attendee.url,
    }
    lines = [f"{field}:{value}" for field, value in fields.items() if value]
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""])


def _escape(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", printable(text))


def _rows(text: str, level: str) -> Rows:
    """Return the modules of the QR code of `text` row by row, or none if that is too long for any."""
    try:
        # As bytes: for a text it would choose the encoding itself, and phones take all for UTF-8. ECI 0
        # means no ECI header, which many scanners refuse; unless told, it marks bytes as binary.
        code = zxingcpp.create_barcode(
            text.encode(), zxingcpp.BarcodeFormat.QRCode, ec_level=level, eci=0
        )
    except ValueError:
        return []
    image: Any = memoryview(code.to_image(scale=1, add_quiet_zones=True))
    size = image.shape[1]
    modules = image.tobytes()
    return [modules[start : start + size] for start in range(0, len(modules), size)]


def _runs(rows: Rows) -> bytes:
    """Return the dark modules in PDF's operators: a rectangle for each run of them in a row."""
    runs = (
        b"%d %d %d 1 re" % (run.start(), y, run.end() - run.start())
        for y, row in enumerate(rows)
        for run in DARK.finditer(row)
    )
    return b"\n".join(runs)
