"""Draw the page with ReportLab. Fonts are registered once, and shared paths are parsed once."""

import io
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from badge_forge.rendering.fetching import FONTS
from benchmarks.page import FACES, Page, Shape


def drawer() -> Callable[[Page], bytes]:
    """Return a function that draws a page and returns its PDF."""
    for name in FACES.values():
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    return _draw


def _draw(page: Page) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(page.width, page.height), pageCompression=1)
    canvas.setTitle(page.attendee.name)
    for each in page.rectangles:
        canvas.setFillColor(HexColor(each.color))
        canvas.rect(each.x, page.height - each.y - each.height, each.width, each.height, 0, 1)
    for shape in page.shapes:
        _draw_shape(canvas, page, shape)
    for line in page.lines:
        canvas.setFillColor(HexColor(line.color))
        canvas.setFont(FACES[line.weight], line.size)
        canvas.drawString(line.x, page.height - line.y, line.text)
    canvas.save()
    return file.getvalue()


def _draw_shape(canvas: Canvas, page: Page, shape: Shape) -> None:
    width, height = shape.viewed
    canvas.saveState()
    canvas.translate(shape.box.x, page.height - shape.box.y)
    canvas.scale(shape.box.width / width, -shape.box.height / height)
    canvas.setFillColor(HexColor(shape.box.color))
    path = canvas.beginPath()
    for method, points in _parsed(shape.path):
        if method in ("closePath", "endPath"):
            path.close()
        else:
            getattr(path, method)(*(length for point in points for length in point))
    canvas.drawPath(path, stroke=0, fill=1, fillMode=1)
    canvas.restoreState()


@lru_cache(maxsize=8)
def _parsed(path: str) -> list[tuple[str, Any]]:
    pen = RecordingPen()
    parse_path(path, pen)
    return list(pen.value)
