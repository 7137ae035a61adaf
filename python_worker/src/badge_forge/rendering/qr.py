"""Make the QR code of a badge: its content, and its modules as PDF operators."""

import re
from typing import Any

import zxingcpp
from tinycss2.color5 import parse_color

from badge_forge.attendee import Attendee
from badge_forge.errors import InputError
from badge_forge.text.name_parts import name_parts
from badge_forge.text.text import searchable
from badge_forge.units import PX_PER_MM

type Rows = list[bytes]
"""The modules of a QR code, by row. Each module is a byte: 0 if it is dark."""

QUIET_ZONE = 4
"""Width of the light margin in modules. ISO/IEC 18004 requires 4, and zxing-cpp adds 4."""

DARK = re.compile(rb"\0+")

MIN_MODULE_MM = 0.375
"""Minimum size of a module: three dots of a 203 dpi thermal printer. Scanners may not read less."""

DOT_MM = 0.125
"""Size of a dot of a 203 dpi thermal printer. The size of a module is a multiple of it, so that all
modules print equally wide."""

ERROR_CORRECTION = ("Q", "M", "L")
"""Error correction levels, best first. A lower level is used only if no higher one fits."""


class Qr:
    """A QR code, as an image for WeasyPrint's image cache.

    `modules` and `size_mm` are the length of a side, quiet zone included. `runs` contains PDF operators:
    a rectangle for each horizontal run of dark modules, with the origin at the top left.

    The code is not an SVG, because drawing one would take half of a badge's time.
    """

    def __init__(self, rows: Rows, module_mm: float, color: str) -> None:
        self.modules = len(rows)
        self.module_mm = module_mm
        self.size_mm = self.modules * module_mm
        self.color = color
        self.runs = _runs(rows)

    def get_intrinsic_size(self, _resolution: float, _font_size: float) -> tuple[float, float, float]:
        """Return width and height in CSS pixels, and the aspect ratio. Called by WeasyPrint."""
        size = self.size_mm * PX_PER_MM
        return size, size, 1

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Draw on a WeasyPrint `stream`, at `width` by `height` CSS pixels.

        All modules are in one path, because viewers show seams between paths that touch.
        """
        stream.transform(a=width / self.modules, d=height / self.modules)
        stream.set_color(parse_color(self.color))
        stream.stream.append(self.runs)
        stream.fill()


def content(attendee: Attendee) -> str:
    """Return the content of the attendee's QR code, or "" if the badge has none."""
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
    """Return the QR code of `text` with the largest modules that fit in `max_mm`.

    `color` is a CSS color. Raises `InputError` if `text` is too long for a code of that size, and
    `ValueError` if `color` is invalid.
    """
    if parse_color(color) is None:
        raise ValueError(f"color must be a CSS color, got: {color!r}")
    for level in ERROR_CORRECTION:
        rows = _rows(text, level)
        dots = int(max_mm / len(rows) / DOT_MM) if rows else 0
        if dots * DOT_MM >= MIN_MODULE_MM:
            return Qr(rows, dots * DOT_MM, color)
    raise InputError(
        "qr",
        f"qr: {len(text.encode())} bytes are too many for a readable QR code of {max_mm:g} mm; "
        'shorten its content, or set qr to "id"',
    )


def _vcard(attendee: Attendee) -> str:
    """Return a vCard 3.0 (RFC 2426).

    N has five components: family name, given name, middle names, prefixes and suffixes. They are empty
    if they are not certain, which readers show as FN.
    """
    parts = name_parts(searchable(attendee.name))
    components = [parts.family, parts.given, parts.middle, parts.title, parts.suffix]
    if not (parts.certain and parts.family and parts.given):
        components = [""] * len(components)
    fields = {
        "N": ";".join(map(_escape, components)),
        "FN": _escape(attendee.name),
        "ORG": _escape(attendee.company),
        "TITLE": _escape(attendee.title),
        "EMAIL": _escape(attendee.email),
        "URL": attendee.url,
    }
    lines = [f"{field}:{value}" for field, value in fields.items() if value]
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""])


def _escape(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", searchable(text))


def _rows(text: str, level: str) -> Rows:
    """Return the modules of the QR code of `text`, or an empty list if `text` is too long for any."""
    try:
        # Pass bytes, because zxing-cpp chooses the encoding of a string, and phones expect UTF-8. Omit
        # the ECI header (eci=0): the default header declares bytes as binary, and many scanners reject
        # codes that have one.
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
    """Return PDF operators: a rectangle for each horizontal run of dark modules."""
    runs = (
        b"%d %d %d 1 re" % (run.start(), y, run.end() - run.start())
        for y, row in enumerate(rows)
        for run in DARK.finditer(row)
    )
    return b"\n".join(runs)
