"""The name of a spare badge: an empty line to write on, in any design."""

from markupsafe import Markup

HIGHEST_LINE_MM = 24.0
"""Room above the line for large handwriting. A higher box keeps the rest of its height below."""


class BlankName(str):
    """The name on a spare badge: an empty text, which `fit` turns into a line."""

    __slots__ = ()


def line_to_write_on(width_mm: float, height_mm: float) -> Markup:
    """Return a line as wide as the box of a name, with room above it to write on."""
    above_mm = min(height_mm, HIGHEST_LINE_MM)
    return Markup('<span class="blank" style="{}"></span>').format(
        f"display:block;box-sizing:border-box;width:{width_mm:g}mm;height:{above_mm:g}mm;"
        "border-bottom:0.4mm solid currentColor"
    )
