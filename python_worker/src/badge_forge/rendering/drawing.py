"""SVG drawings that many badges share. Each is parsed and drawn once; its PDF operators are reused."""

import re
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree

from badge_forge.rendering.weasyprint_internals import SVGImage, URLFetcher

GRAPHICS_STATE = re.compile(rb"/(\S+) gs\b")


class Drawing:
    """An SVG image for WeasyPrint's image cache.

    The PDF operators are kept for each size, because drawing the SVG takes a tenth of a badge's time.
    Raises `ValueError` if `svg` is not well-formed XML.
    """

    def __init__(self, svg: str, base_url: str, fetcher: URLFetcher) -> None:
        try:
            tree = ElementTree.fromstring(svg)  # noqa: S314 - as trusted as the design's HTML
        except ElementTree.ParseError as error:
            raise ValueError(f"the drawing is not well-formed XML: {error}") from error
        self.svg = svg
        # Layouts are cached by HTML, so different drawings need different URLs.
        self.url = f"drawing:{sha256(svg.encode()).hexdigest()}"
        self._image = SVGImage(tree, base_url, fetcher, None)
        self._drawn: dict[tuple[float, float], tuple[bytes, dict[str, Any]]] = {}

    def get_intrinsic_size(self, resolution: float, font_size: float) -> Any:
        """Return width and height in CSS pixels, and the aspect ratio. Called by WeasyPrint."""
        return self._image.get_intrinsic_size(resolution, font_size)

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draw on a WeasyPrint `stream`, at `width` by `height` CSS pixels."""
        if (width, height) in self._drawn:
            operators, states = self._drawn[width, height]
            stream._resources["ExtGState"] |= states
            stream.stream.append(operators)
            return
        start, before = len(stream.stream), _other_resources(stream)
        self._image.draw(stream, width, height, style)
        # Images and gradients are objects of one document, so another document can't reuse them.
        if _other_resources(stream) == before:
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
