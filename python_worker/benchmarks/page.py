"""The page that all contenders draw: a speaker's badge of the shipped design conf-4x6.

Its HTML is what Badge Forge's template makes, with the styles inline. Where the texts and shapes lie is
read from a layout by plain WeasyPrint, so that the other libraries draw the same at the same places.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.etree.ElementTree import tostring

from weasyprint import CSS, HTML
from weasyprint.formatting_structure import boxes
from weasyprint.text.fonts import FontConfiguration

from badge_forge.attendee import Attendee
from badge_forge.designs.design import SHIPPED, STYLE, Design
from badge_forge.rendering.drawing import Drawing
from badge_forge.rendering.fetching import FONTS, DesignFetcher
from badge_forge.rendering.fitting.fitting import Fitter
from badge_forge.rendering.geometry import boxes_of
from badge_forge.rendering.qr import Qr
from badge_forge.rendering.stylesheet import stylesheet
from badge_forge.rendering.template import BadgeTemplate
from badge_forge.rendering.typesetting import set_in_html
from badge_forge.units import PX_PER_PT

DESIGN = "conf-4x6"
PT_PER_PX = 1 / PX_PER_PT
SVG = re.compile(
    r'<svg class="([a-z]+)".*?viewBox="([^"]+)".*?<path fill="([^"]+)" d="([^"]+)"', re.DOTALL
)

RUN = re.compile(r"(\d+) (\d+) (\d+) 1 re")
"""A rectangle of a QR code, one module high, in PDF's operators."""

IMAGE = re.compile(r'<img class="(?P<name>[a-z]+)" src="(?P<url>[a-z]+:[0-9a-f]+)"[^>]*>')
"""What the template leaves to Badge Forge to draw."""

FAMILY = "Source Sans Pro"
FACES = {400: "SourceSansPro-Regular", 600: "SourceSansPro-Semibold", 900: "SourceSansPro-Black"}
"""The font files of the design, in `FONTS`, by weight."""


@dataclass(frozen=True)
class Line:
    """A line of text; all lengths in points from the page's top left, `y` is the baseline's."""

    text: str
    x: float
    y: float
    size: float
    weight: int
    color: str


@dataclass(frozen=True)
class Rectangle:
    """A filled rectangle, in points from the page's top left."""

    x: float
    y: float
    width: float
    height: float
    color: str


@dataclass(frozen=True)
class Shape:
    """The SVG path `path`, drawn into a box whose corner and size are in points.

    `viewed` is the width and height, in the path's own units, that fill the box.
    """

    name: str
    box: Rectangle
    viewed: tuple[float, float]
    path: str


@dataclass(frozen=True)
class Page:
    """A badge as a list of what is on it; `width` and `height` in points."""

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


def html_of(attendee: Attendee) -> str:
    """Return the attendee's whole page as HTML: one string, which needs nothing but the font files."""
    fonts = FontConfiguration()
    # The template measures its texts, for which the fonts must be known.
    CSS(string=_styles(), font_config=fonts)
    filled = BadgeTemplate(design(), Fitter(fonts), DesignFetcher(design()), "").fill(attendee)
    page = HTML(string=filled.html).etree_element
    set_in_html(page, [fit.fitted for fit in filled.fits])
    html = "<!doctype html>\n" + tostring(page, encoding="unicode", method="html")
    html = IMAGE.sub(lambda image: _inline(image["name"], filled.images[image["url"]]), html)
    return html.replace("</head>", f"<style>{_styles()}</style></head>")


def path_of(code: Qr) -> str:
    """Return the dark modules of a QR code as an SVG path."""
    return RUN.sub(r"M\1 \2h\3v1h-\3z", code.runs.decode()).replace("\n", "")


def page_of(attendee: Attendee, html: str) -> Page:
    """Return what is on the attendee's page `html`, and where: laid out by plain WeasyPrint."""
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


def _inline(name: str, image: Qr | Drawing) -> str:
    """Return what Badge Forge draws itself as SVG inside the page, as a newcomer would write it."""
    if isinstance(image, Drawing):
        return image.svg.replace("<svg ", f'<svg class="{name}" ')
    size = f'width="{image.size_mm}mm" height="{image.size_mm}mm"'
    return (
        f'<svg class="{name}" {size} viewBox="0 0 {image.modules} {image.modules}">'
        f'<path fill="{image.color}" d="{path_of(image)}"/></svg>'
    )


@cache
def _styles() -> str:
    ours = stylesheet(design(), "") + (design().folder / STYLE).read_text()
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
