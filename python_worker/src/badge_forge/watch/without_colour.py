"""Lines without colour, for NO_COLOR. Bold, dim and reverse remain."""

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter


class WithoutColour(LineFilter):
    """Removes the colours of a line."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return `segments` without colours. Textual calls this."""
        return [
            Segment(segment.text, segment.style and _without(segment.style), segment.control)
            for segment in segments
        ]


def _without(style: Style) -> Style:
    return style.without_color
