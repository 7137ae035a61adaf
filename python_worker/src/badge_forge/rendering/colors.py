"""Colours of designs and events as CSS."""

from badge_forge.colors import Color
from badge_forge.rendering.cmyk import CmykProfile


def css(color: Color, cmyk: CmykProfile | None) -> str:
    """Return the CSS value of `color`: RGB, or with the profile `cmyk` of a press, its inks."""
    if cmyk is None:
        return color.rgb
    inks = color.cmyk or [
        round(100 * ink, 1) for ink in cmyk.inks(tuple(channel / 255 for channel in color.channels))
    ]
    return f"device-cmyk({' '.join(f'{ink:g}%' for ink in inks)})"
