"""What a renderer hands back: a badge, and what became of its texts.

Free of WeasyPrint, as the worker's own process is: only its renderers load that.
"""

from dataclasses import dataclass

from badge_forge.designs.design import TEMPLATE
from badge_forge.text.text import Direction


@dataclass(frozen=True)
class Fitted:
    """A text as it is to be set: its lines, and lengths in points.

    `above_pt` and `below_pt` are what ink sticks out of the first and the last line, and so has to be
    left free around them. `shortened` says that it did not fit at the least size.
    """

    lines: tuple[str, ...]
    direction: Direction
    size_pt: float
    line_height_pt: float
    above_pt: float
    below_pt: float
    shortened: bool = False

    @property
    def height_pt(self) -> float:
        """Return the height of it all."""
        return len(self.lines) * self.line_height_pt + self.above_pt + self.below_pt


@dataclass(frozen=True)
class Fit:
    """A text that the template's `line` fitted into a box. `what` is what it is called, "the name"."""

    what: str
    line: int
    fitted: Fitted

    @property
    def size_pt(self) -> float:
        """Return the size of the text in points."""
        return self.fitted.size_pt

    @property
    def shortened(self) -> bool:
        """Tell whether the text did not fit at its least size."""
        return self.fitted.shortened

    def __str__(self) -> str:
        outcome = "did not fit and was shortened" if self.shortened else "was set"
        return f"{self.what} {outcome} at {self.size_pt:g} pt ({TEMPLATE}:{self.line})"


@dataclass(frozen=True)
class RenderedBadge:
    """A badge: `pdf`, which of its texts were `shortened`, and which fonts are not the design's."""

    pdf: bytes
    shortened: tuple[Fit, ...] = ()
    fallbacks: tuple[str, ...] = ()
