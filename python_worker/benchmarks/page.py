"""The page that all contenders draw: a speaker's badge in the shipped design conf-4x6.

Its HTML is the filled template of the design, with inline styles. Plain WeasyPrint lays it out, and the
positions of texts and shapes are read from that layout, so that other libraries draw the same page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.etree.ElementTree import register_namespace, tostring

from weasyprint import HTML
from weasyprint.formatting_structure import boxes

from badge_forge.attendee import Attendee
from badge_forge.designs.design import SHIPPED, STYLE, Design
from badge_forge.rendering.fetching import FONTS
from badge_forge.rendering.geometry import boxes_of
from badge_forge.rendering.pictures.svg import SvgPicture
from badge_forge.rendering.qr import Qr
from badge_forge.rendering.renderer import Renderer
from badge_forge.rendering.stylesheet import stylesheet
from badge_forge.rendering.typesetting import set_in_html
from badge_forge.units import PX_PER_PT

DESIGN = "conf-4x6"
PT_PER_PX = 1 / PX_PER_PT
SVG = re.compile(
    r'<svg class="([a-z]+)".*?viewBox="([^"]+)".*?<path fill="([^"]+)" d="([^"]+)"', re.DOTALL
)

RUN = re.compile(r"(\d+) (\d+) (\d+) 1 re")
"""A rectangle of a QR code, one module high, as a PDF operator."""

IMAGE = re.compile(r'<img class="(?P<name>[a-z]+)" src="(?P<url>[a-z]+:[0-9a-f]+)"[^>]*>')
"""An image that Badge Forge, not WeasyPrint, draws into the PDF."""

FAMILY = "Source Sans Pro"
FACES = {400: "SourceSansPro-Regular", 600: "SourceSansPro-Semibold", 900: "SourceSansPro-Black"}
"""Names of the design's font files in `FONTS`, by weight."""


@dataclass(frozen=True)
class Line:
    """A line of text. Lengths in points from the top left of the page; `y` is that of the baseline."""

    text: str
    x: float
    y: float
    size: float
    weight: int
    color: str


@dataclass(frozen=True)
class Rectangle:
    """A filled rectangle, in points from the top left of the page."""

    x: float
    y: float
    width: float
    height: float
    color: str


@dataclass(frozen=True)
class Shape:
    """An SVG path drawn into `box`, in points. `viewed` is the size of its viewBox."""

    name: str
    box: Rectangle
    viewed: tuple[float, float]
    path: str


@dataclass(frozen=True)
class Page:
    """The contents of a badge; `width` and `height` in points."""

    attendee: Attendee
    width: float
    height: float
    rectangles: tuple[Rectangle, ...]
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]


@cache
def design() -> Design:
    """Return the design that is measured."""
    return Design.load(SHIPPED / DESIGN)


@cache
def _renderer() -> Renderer:
    return Renderer(design())


def html_of(attendee: Attendee) -> str:
    """Return the attendee's page as self-contained HTML, which needs only the font files."""
    filled = _renderer().fill(attendee)
    page = HTML(string=filled.html).etree_element
    set_in_html(page, [fit.fitted for fit in filled.fits])
    html = "<!doctype html>\n" + tostring(page, encoding="unicode", method="html")
    html = IMAGE.sub(lambda image: _inline(image["name"], filled.images[image["url"]]), html)
    return html.replace("</head>", f"<style>{_styles()}</style></head>")


def path_of(code: Qr) -> str:
    """Return the dark modules of a QR code as an SVG path."""
    return RUN.sub(r"M\1 \2h\3v1h-\3z", code.runs.decode()).replace("\n", "")


def page_of(attendee: Attendee, html: str) -> Page:
    """Lay out the attendee's page `html` with plain WeasyPrint, and return its contents."""
    document = HTML(string=html).render()
    page, found = document.pages[0], list(boxes_of(document))
    svgs = SVG.findall(html)
    drawn = [box for box in found if isinstance(box, boxes.InlineReplacedBox | boxes.BlockReplacedBox)]
    return Page(
        attendee,
        page.width * PT_PER_PX,
        page.height * PT_PER_PX,
        tuple(_rectangles(found)),
        tuple(_shape(box, *svg) for box, svg in zip(drawn, svgs, strict=True)),
        tuple(_line(box) for box in found if isinstance(box, boxes.TextBox) and box.text.strip()),
    )


def _inline(name: str, image: Qr | SvgPicture) -> str:
    """Return an image that Badge Forge draws itself as inline SVG, for use with plain WeasyPrint."""
    if isinstance(image, SvgPicture):
        register_namespace("", "http://www.w3.org/2000/svg")
        svg = tostring(image.tree, encoding="unicode")
        return svg.replace("<svg ", f'<svg class="{name}" ')
    size = f'width="{image.size_mm}mm" height="{image.size_mm}mm"'
    return (
        f'<svg class="{name}" {size} viewBox="0 0 {image.modules} {image.modules}">'
        f'<path fill="{image.color}" d="{path_of(image)}"/></svg>'
    )


@cache
def _styles() -> str:
    ours = stylesheet(design(), None) + (design().folder / STYLE).read_text()
    return ours.replace('url("font:', f'url("{FONTS.as_uri()}/')


def _line(box: Any) -> Line:
    return Line(
        box.text,
        box.position_x * PT_PER_PX,
        (box.position_y + box.baseline) * PT_PER_PX,
        box.style["font_size"] * PT_PER_PX,
        int(box.style["font_weight"]),
        _hex(box.style["color"]),
    )


def _rectangles(found: list[Any]) -> Iterator[Rectangle]:
    for box in found:
        color = box.style["background_color"]
        if isinstance(box, boxes.BlockBox) and color != "currentcolor" and color.alpha:
            yield _placed(box, _hex(color))


def _shape(box: Any, name: str, viewed: str, color: str, path: str) -> Shape:
    _x, _y, width, height = map(float, viewed.split())
    return Shape(name, _placed(box, color), (width, height), path)


def _placed(box: Any, color: str) -> Rectangle:
    return Rectangle(
        box.position_x * PT_PER_PX,
        box.position_y * PT_PER_PX,
        box.width * PT_PER_PX,
        box.height * PT_PER_PX,
        color,
    )


def _hex(color: Any) -> str:
    red, green, blue = (round(part * 255) for part in color.to("srgb").coordinates)
    return f"#{red:02x}{green:02x}{blue:02x}"
