"""Colors as inks, as RGB and as gray; and inks in a form that WeasyPrint's gradients can draw."""

from typing import Any

from badge_forge.rendering.weasyprint_internals import Color

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""The weights of red, green and blue in an SVG mask (CSS Masking, 7.10.1)."""

type Channels = tuple[float, ...]
"""RGB or CMYK, from 0 to 1."""


class Ink(Color):  # type: ignore[misc]
    """A device-cmyk color for WeasyPrint's gradients, which only know RGB.

    They slice a color to write it, which gives the inks here. They iterate over it to calculate an
    average, which gives RGB.
    """

    @classmethod
    def of(cls, color: Any) -> Any:
        """Return `color`, as an ink if it is a device-cmyk color."""
        return (
            cls(color.space, color.coordinates, color.alpha) if color.space == "device-cmyk" else color
        )

    def __iter__(self) -> Any:
        yield from screen(self.coordinates)
        yield self.alpha

    def __getitem__(self, key: Any) -> Any:
        return self.coordinates if isinstance(key, slice) else tuple(self)[key]

    def to(self, space: str) -> Any:
        """Return the color itself for `srgb`: `BadgeStream` writes its inks."""
        return self if space == "srgb" else super().to(space)


def rgb_of(color: Any) -> Channels:
    """Return `color` as RGB, without a profile."""
    if color.space == "device-cmyk":
        return screen(color.coordinates)
    return tuple(color.to("srgb").coordinates)


def screen(channels: Channels) -> Channels:
    """Return the RGB color of `channels`, RGB or CMYK from 0 to 1, without a profile."""
    if len(channels) == 3:
        return channels
    *inks, black = channels
    return tuple((1 - ink) * (1 - black) for ink in inks)


def gray_of(rgb: Channels) -> float:
    """Return how light a color is in an SVG mask, from 0 to 1."""
    return sum(weight * channel for weight, channel in zip(LUMINANCE, rgb, strict=True))


def hex_of(rgb: Channels) -> str:
    """Return `rgb` in the form #rrggbb."""
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in rgb)
