"""SVG pictures: drawn by WeasyPrint as vectors, or by resvg as pixels if WeasyPrint can't draw them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cached_property
from typing import Any
from xml.etree import ElementTree

from badge_forge.rendering.bounded import Bounded
from badge_forge.rendering.pictures.picture import PictureError, naming
from badge_forge.rendering.pictures.raster import DPI, RasterPicture
from badge_forge.rendering.pictures.svg_check import draws_the_same, is_plain, is_special
from badge_forge.rendering.pictures.svg_pixels import for_resvg, png_of, tag_of
from badge_forge.rendering.weasyprint_internals import SVGImage

GRAPHICS_STATE = re.compile(rb"/(\S+) gs\b")

KEPT_SIZES = 8

MAX_PIXELS = 30_000_000
"""The maximum number of pixels of an SVG. Filters need several copies of them."""

FONT_SIZE = 16
"""The size of an `em`, in CSS pixels."""


def parsed(svg: str | bytes) -> Any:
    """Return the tree of `svg`. Raises `PictureError` if it is not well-formed XML."""
    try:
        return ElementTree.fromstring(svg)  # noqa: S314 - as trusted as the design's HTML
    except ElementTree.ParseError as error:
        raise PictureError(f"it is not well-formed XML: {error}") from error


class SvgPicture:
    """The SVG in `tree`, which errors call `name`. URLs in it are relative to `url`.

    `pictures` loads the pictures in it. Its PDF operators are kept for each size, because drawing an SVG
    takes a tenth of a badge's time.
    """

    def __init__(self, name: str, tree: Any, url: str, pictures: Any) -> None:
        self._name = name
        self._url = url
        self._pictures = pictures
        self.tree = tree
        with naming(name), _drawing_errors():
            self._image = SVGImage(deepcopy(tree), url, pictures.fetcher, pictures)
        self._drawn = Bounded[tuple[float, float], tuple[bytes, dict[str, Any]]](KEPT_SIZES)
        self._as_pixels = Bounded[tuple[float, ...], RasterPicture](KEPT_SIZES)

    def get_intrinsic_size(self, resolution: float, font_size: float) -> Any:
        """Return width and height in CSS pixels, and the aspect ratio. Called by WeasyPrint."""
        return self._image.get_intrinsic_size(resolution, font_size)

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draw on a `BadgeStream`, at `width` by `height` CSS pixels.

        Raises `DesignError` if neither WeasyPrint nor resvg can draw it.
        """
        with naming(self._name):
            if self._for_pixels is not None:
                self._draw_pixels(stream, width, height)
            elif (width, height) in self._drawn:
                operators, states = self._drawn[width, height]
                stream._resources["ExtGState"] |= states
                stream.stream.append(operators)
            else:
                self.draw_vectors(stream, width, height)

    @cached_property
    def _for_pixels(self) -> Any:
        """Return the tree for resvg, None if WeasyPrint draws the SVG correctly."""
        if is_plain(self.tree):
            return None
        if any(map(_is_html, self.tree.iter())):
            raise PictureError("the SVG has HTML in it (foreignObject); convert it to paths")
        try:
            tree = for_resvg(self.tree, self._url, self._pictures.fetcher, self._pictures.cmyk)
        except PictureError:
            if is_special(self.tree):
                raise
            return None
        size = self.get_intrinsic_size(1, FONT_SIZE)
        if draws_the_same(
            tree, size, lambda tree: SvgPicture(self._name, tree, self._url, self._pictures)
        ):
            return None
        if any(tag_of(element) == "text" for element in tree.iter()):
            raise PictureError(
                "the SVG has texts with filters, masks or the like; convert them to paths"
            )
        return tree

    def draw_vectors(self, stream: Any, width: float, height: float) -> None:
        """Draw with WeasyPrint on a `BadgeStream`. Raises `PictureError`."""
        start, before, artwork = len(stream.stream), _other_resources(stream), stream.artwork
        stream.artwork = True
        try:
            with _drawing_errors():
                # Drawing changes the tree: a second time, some gradients and patterns would be missing.
                image = SVGImage(deepcopy(self.tree), self._url, self._pictures.fetcher, self._pictures)
                image._svg.draw(stream, width, height, self._url, self._pictures)
        finally:
            stream.artwork = artwork
        # Images and gradients are objects of one document, so another document can't reuse them.
        if _other_resources(stream) == before:
            self._drawn[width, height] = _recorded(stream, start)

    def _draw_pixels(self, stream: Any, width: float, height: float) -> None:
        across_pt, down_pt = stream.size_in_pt(width, height)
        scale = max(across_pt / width, down_pt / height) / 72 * DPI
        scale = round(min(scale, (MAX_PIXELS / (width * height)) ** 0.5), 2)
        key = (width, height, scale)
        if key not in self._as_pixels:
            png = png_of(self._for_pixels, self.get_intrinsic_size(1, FONT_SIZE), *key)
            self._as_pixels[key] = RasterPicture(self._name, png, self._pictures.cmyk)
        self._as_pixels[key].draw(stream, width, height, {"image_rendering": "auto"})


@contextmanager
def _drawing_errors() -> Iterator[None]:
    """Raise `PictureError` for the errors that WeasyPrint raises for SVGs that it does not expect."""
    try:
        yield
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise PictureError(f"the SVG can't be drawn: {type(error).__name__}: {error}") from error


def _is_html(element: Any) -> bool:
    """Tell whether an element has HTML in it. Illustrator adds its own data in the same way."""
    return tag_of(element) == "foreignObject" and "requiredExtensions" not in element.attrib


def _recorded(stream: Any, start: int) -> tuple[bytes, dict[str, Any]]:
    operators = b"\n".join(
        item if isinstance(item, bytes) else str(item).encode() for item in stream.stream[start:]
    )
    states = stream._resources["ExtGState"]
    names = {name.decode() for name in GRAPHICS_STATE.findall(operators)}
    return operators, {name: states[name] for name in names}


def _other_resources(stream: Any) -> int:
    return sum(len(stream._resources[kind]) for kind in ("XObject", "Pattern", "Shading"))
