"""A content stream that draws gradients and artwork in the inks of the press.

WeasyPrint writes gradients with three color components, even on a CMYK page, where viewers then draw
nothing, or the wrong colors.
"""

from __future__ import annotations

from itertools import pairwise
from math import hypot
from typing import Any

import pydyf

from badge_forge.errors import DesignError
from badge_forge.rendering.cmyk import CmykProfile
from badge_forge.rendering.font_files import font_of_file
from badge_forge.rendering.inks import Channels, Ink, gray_of, hex_of, rgb_of, screen
from badge_forge.rendering.weasyprint_internals import Color, Matrix, Stream

NOT_CMYK = (
    "the design uses RGB colors, which PDF/X-4 does not allow, such as {}; "
    "define them in [colors] of design.toml, and use var(--NAME) or colors.NAME"
)

STEPS = 16
"""The number of straight parts that a gradient between two RGB colors has in CMYK."""


class BadgeStream(Stream):  # type: ignore[misc]
    """A WeasyPrint stream that draws in CMYK if it has a `cmyk` profile, and knows where on the page.

    While `artwork` is true, RGB colors are converted with the profile. Otherwise they are an error,
    since a design has its own colors. Create one with `adopt`.
    """

    cmyk: CmykProfile | None = None
    artwork = False
    gray = False
    """Whether this is a mask, which is drawn in gray."""

    oversize = False
    """Whether groups and patterns get a margin. WeasyPrint fills a shape with a gradient by a pattern of
    just the same size, and Poppler draws some of them beside the shape."""

    outer = Matrix()
    """The matrix from this stream's coordinates to points on the page, without its own `ctm`."""

    @classmethod
    def adopt(cls, stream: Any, cmyk: CmykProfile | None) -> None:
        """Turn a WeasyPrint `stream` into a badge's stream."""
        stream.__class__ = cls
        stream.cmyk = cmyk

    def clone(self, **changes: Any) -> Any:
        """Return a new stream with the same properties, for a group or a pattern."""
        stream = super().clone(**changes)
        stream.__class__ = type(self)
        stream.cmyk, stream.artwork, stream.gray = self.cmyk, self.artwork, self.gray
        stream.oversize = self.oversize
        stream.outer = self.ctm @ self.outer
        return stream

    def add_font(self, pango_font: Any) -> tuple[Any, float]:
        """Add a font, and return it with its size. Two font files are two fonts."""
        font, size = super().add_font(pango_font)
        return font_of_file(self._fonts, font, pango_font), size

    def add_pattern(
        self, x: float, y: float, width: float, height: float, across: float, down: float, matrix: Any
    ) -> Any:
        """Add a pattern that repeats after `across` and `down`. Its `matrix` already contains `ctm`."""
        if self.oversize:
            x, y, width, height = _larger(x, y, width, height)
            across, down = width, height
        pattern = super().add_pattern(x, y, width, height, across, down, matrix)
        pattern.outer = matrix @ self.outer
        return pattern

    def add_group(self, x: float, y: float, width: float, height: float) -> Any:
        """Add a group with this bounding box."""
        if self.oversize:
            x, y, width, height = _larger(x, y, width, height)
        return super().add_group(x, y, width, height)

    def size_in_pt(self, width: float, height: float) -> tuple[float, float]:
        """Return the size on the page of a rectangle that is drawn now, in points."""
        (a, b, _), (c, d, _), _ = self.ctm @ self.outer
        return width * hypot(a, b), height * hypot(c, d)

    def set_color(self, color: Any, stroke: bool = False) -> None:
        """Set the color. Raises `DesignError` for an RGB color of the design itself on a CMYK page."""
        if isinstance(color, Ink):
            color = Color("device-cmyk", color.coordinates, color.alpha)
        if self.cmyk and self.gray:
            self.set_alpha(color.alpha, stroke)
            self._current_color = self._current_color_stroke = None
            self.stream.append(f"{gray_of(rgb_of(color)):.4f} {'G' if stroke else 'g'}".encode())
        elif self.cmyk and color.space in ("srgb", "hsl", "hwb"):
            super().set_color(self._in_inks(color), stroke)
        else:
            super().set_color(color, stroke)

    def _in_inks(self, color: Any) -> Any:
        assert self.cmyk
        if color.alpha == 0:
            return Color("device-cmyk", (0, 0, 0, 0), 0)
        rgb = rgb_of(color)
        if not self.artwork:
            raise DesignError(NOT_CMYK.format(hex_of(rgb)))
        return Color("device-cmyk", self.cmyk.inks(rgb), color.alpha)

    def set_alpha_state(self, *place: Any, **options: Any) -> Any:
        """Start a soft mask, and return its stream.

        On a CMYK page it is gray, too. An alpha that is drawn with black ink would be converted.
        """
        mask = super().set_alpha_state(*place, **options)
        if self.cmyk:
            mask.gray = True
            mask.extra["Group"]["CS"] = "/DeviceGray"
        return mask

    def add_shading(
        self,
        kind: int,
        domain: Any,
        coords: Any,
        extend: Any,
        function: Any,
        color_space: str | None = None,
    ) -> Any:
        """Add a shading whose `function` has the RGB or CMYK colors that WeasyPrint passes on."""
        if color_space is None:
            parts = function["Functions"]
            in_cmyk = all(len(part[end]) == 4 for part in parts for end in ("C0", "C1"))
            if self.gray and self.cmyk:
                color_space = "DeviceGray"
                for part in parts:
                    _convert(part, lambda channels: (gray_of(screen(channels)),))
            elif self.cmyk or in_cmyk:
                color_space = "DeviceCMYK"
                parts[:] = map(self._part_in_cmyk, parts)
            else:
                for part in parts:
                    _convert(part, screen)
        return super().add_shading(kind, domain, coords, extend, function, color_space)

    def _part_in_cmyk(self, part: Any) -> Any:
        """Return the function `part`, from C0 to C1, in CMYK.

        Between two inks, the inks change in proportion. Between two RGB colors, each color on the way is
        converted.
        """
        start, end = tuple(part["C0"]), tuple(part["C1"])
        if len(start) == len(end) == 3 and start != end:
            assert self.cmyk
            ways = [(step / STEPS) ** part["N"] for step in range(STEPS + 1)]
            stops = [
                self.cmyk.inks(tuple(a + way * (b - a) for a, b in zip(start, end, strict=True)))
                for way in ways
            ]
            parts = [
                self.create_interpolation_function((0, 1), before, after, 1)
                for before, after in pairwise(stops)
            ]
            bounds = [step / STEPS for step in range(1, STEPS)]
            return self.create_stitching_function((0, 1), (0, 1) * STEPS, bounds, parts)
        _convert(part, self._inks)
        return part

    def _inks(self, channels: Channels) -> Channels:
        if len(channels) == 4:
            return channels
        assert self.cmyk
        return self.cmyk.inks(channels)


def _larger(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    """Return a rectangle of twice the size with the same center."""
    return x - width / 2, y - height / 2, 2 * width, 2 * height


def _convert(part: Any, convert: Any) -> None:
    for end in ("C0", "C1"):
        part[end] = pydyf.Array(convert(tuple(part[end])))
