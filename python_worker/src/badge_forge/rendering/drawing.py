"""Drawings that badges have in common: read once, drawn once, and then repeated."""

import re
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree

from badge_forge.rendering.weasyprint_internals import SVGImage, URLFetcher

GRAPHICS_STATE = re.compile(rb"/(\S+) gs\b")


class Drawing:
    """The SVG `svg` as WeasyPrint draws images, from its cache.

    Its operators are kept, by size: to make them anew costs a tenth of a badge. Raises `ValueError` if
    `svg` is no XML.
    """

    def __init__(self, svg: str, base_url: str, fetcher: URLFetcher) -> None:
        try:
            tree = ElementTree.fromstring(svg)  # noqa: S314 - the design's own, as its HTML is
        except ElementTree.ParseError as error:
            raise ValueError(f"the drawing is no XML: {error}") from error
        self.svg = svg
        # Pages are told apart by their HTML, so the name has to tell drawings apart.
        self.url = f"drawing:{sha256(svg.encode()).hexdigest()}"
        self._image = SVGImage(tree, base_url, fetcher, None)
        self._drawn: dict[tuple[float, float], tuple[bytes, dict[str, Any]]] = {}

    def get_intrinsic_size(self, resolution: float, font_size: float) -> Any:
        """Return width and height in CSS pixels, and their ratio, as WeasyPrint asks for."""
        return self._image.get_intrinsic_size(resolution, font_size)

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draw on a WeasyPrint `stream`."""
        if (width, height) in self._drawn:
            operators, states = self._drawn[width, height]
            stream._resources["ExtGState"] |= states
            stream.stream.append(operators)
            return
        start, before = len(stream.stream), _other_resources(stream)
        self._image.draw(stream, width, height, style)
        if _other_resources(stream) == before:  # pictures and gradients are objects of their document
            self._drawn[width, height] = _recorded(stream, start)


def _recorded(stream: Any, start: int) -> tuple[bytes, dict[str, Any]]:
    operators = b"\n".join(
        item if isinstance(item, bytes) else str(item).encode() for item in stream.stream[start:]
    )
    states = stream._resources["ExtGState"]
    names = {name.decode() for name in GRAPHICS_STATE.findall(operators)}
    return operators, {name: states[name] for name in names}


def _other_resources(stream: Any) -> int:
    return sum(len(stream._resources[kind]) for kind in ("XObject", "Pattern", "Shading"))
