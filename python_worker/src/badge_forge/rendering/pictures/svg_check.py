"""Find out whether WeasyPrint draws an SVG correctly, by comparing it with resvg.

WeasyPrint ignores filters, masks and blend modes, and draws some gradients and clip paths wrong.
"""

import io
import re
from copy import deepcopy
from functools import cache
from typing import Any

import pypdfium2
from PIL import Image, ImageChops

from badge_forge.rendering.pictures.svg_pixels import png_of, tag_of
from badge_forge.rendering.stream import BadgeStream
from badge_forge.rendering.weasyprint_internals import HTML, Document, Page

PLAIN = frozenset(
    [
        *(
            "svg",
            "g",
            "path",
            "rect",
            "circle",
            "ellipse",
            "line",
            "polyline",
            "polygon",
            "text",
            "tspan",
        ),
        *("title", "desc", "metadata", "defs"),
    ]
)
"""Elements that WeasyPrint draws correctly, unless they have one of the properties below."""

SPECIAL = re.compile(
    r"(?:^|[;{\s])(?:filter|mask|clip-path|mix-blend-mode|paint-order|vector-effect)\s*:\s*(?!none|normal)"
)

SPECIAL_ATTRIBUTES = ("filter", "mask", "clip-path", "mix-blend-mode", "paint-order", "vector-effect")

SIDE_PX, CELLS = 256, 32
"""The pictures to compare have this size, and are reduced to this number of cells."""

DIFFERENT = 20
"""The difference of a cell, of 255, above which pictures are different. Smoothing makes smaller ones."""


def is_plain(tree: Any) -> bool:
    """Tell whether the SVG has nothing that WeasyPrint is known to draw wrong."""
    return not is_special(tree) and all(tag_of(element) in ("", *PLAIN) for element in tree.iter())


def is_special(tree: Any) -> bool:
    """Tell whether the SVG has a property that WeasyPrint ignores, or often draws wrong."""
    return any(
        SPECIAL.search(element.get("style", ""))
        or (tag_of(element) == "style" and SPECIAL.search(element.text or ""))
        or any(element.get(name, "none") not in ("none", "normal") for name in SPECIAL_ATTRIBUTES)
        for element in tree.iter()
    )


def draws_the_same(tree: Any, size: Any, make: Any) -> bool:
    """Tell whether WeasyPrint draws `tree`, of intrinsic `size`, as resvg does, apart from texts.

    `tree` is for resvg. `make` returns a picture of a tree.
    """
    compared = deepcopy(tree)
    for parent in list(compared.iter()):
        for child in [child for child in parent if tag_of(child) == "text"]:
            parent.remove(child)
    ratio = size[2] or 1
    width, height = (SIDE_PX, SIDE_PX / ratio) if ratio > 1 else (SIDE_PX * ratio, SIDE_PX)
    with Image.open(io.BytesIO(png_of(compared, size, width, height, 1))) as image:
        expected = _on_paper(image.convert("RGBA"))
    try:
        drawn = _drawn(make(compared), width, height)
    except Exception:  # whatever WeasyPrint raises: resvg has drawn it
        return False
    extrema: Any = ImageChops.difference(_cells(expected), _cells(drawn)).getextrema()
    return all(high <= DIFFERENT for _low, high in extrema)


class _SvgPage(Page):  # type: ignore[misc]
    """A page with nothing but a picture."""

    def __init__(self, page_box: Any, draw: Any) -> None:
        super().__init__(page_box)
        self._draw = draw

    def paint(self, stream: Any, scale: float = 1) -> None:
        BadgeStream.adopt(stream, None)
        with stream.stacked():
            stream.transform(a=scale, d=scale)
            self._draw(stream)


@cache
def _empty_page() -> Document:
    return HTML(string=f"<style>@page {{ size: {SIDE_PX}px {SIDE_PX}px; margin: 0 }}</style>").render()


def _drawn(picture: Any, width: float, height: float) -> Image.Image:
    document = _empty_page()
    page = _SvgPage(
        document.pages[0]._page_box, lambda stream: picture.draw_vectors(stream, width, height)
    )
    pdf = pypdfium2.PdfDocument(document.copy([page]).write_pdf())
    try:
        image: Image.Image = pdf[0].render(scale=96 / 72).to_pil().convert("RGB")
        return image
    finally:
        pdf.close()


def _on_paper(image: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", (SIDE_PX, SIDE_PX), "white")
    paper.alpha_composite(image.crop((0, 0, SIDE_PX, SIDE_PX)))
    return paper.convert("RGB")


def _cells(image: Image.Image) -> Image.Image:
    return image.resize((CELLS, CELLS), Image.Resampling.BOX)
