"""The result of rendering: the badge, and how its texts were fitted.

This module does not import WeasyPrint, because the worker process imports it.
"""

from dataclasses import dataclass

from badge_forge.designs.design import TEMPLATE


@dataclass(frozen=True)
class Fitted:
    """A text that was fitted into a box: its lines, and lengths in points.

    The lines are after the design's `text-transform`. `width_pt` is the width of the box without
    `left_pt` and `right_pt`: space for ink that extends beyond the text, as that of italics does.
    `above_pt` and `below_pt` are the same above the first line and below the last. `shortened` means
    that the text did not fit at the minimum size.
    """

    lines: tuple[str, ...]
    language: str
    size_pt: float
    width_pt: float
    left_pt: float
    right_pt: float
    line_height_pt: float
    above_pt: float
    below_pt: float
    shortened: bool = False

    @property
    def height_pt(self) -> float:
        """Return the height of all lines, with the extra space above and below."""
        return len(self.lines) * self.line_height_pt + self.above_pt + self.below_pt


@dataclass(frozen=True)
class Fit:
    """A fitted text, and the template's `line` that fits it. `what` describes it: "the name"."""

    what: str
    line: int
    fitted: Fitted

    @property
    def size_pt(self) -> float:
        """Return the font size in points."""
        return self.fitted.size_pt

    @property
    def shortened(self) -> bool:
        """Tell whether the text did not fit at the minimum size."""
        return self.fitted.shortened

    def __str__(self) -> str:
        outcome = "did not fit and was shortened" if self.shortened else "was set"
        return f"{self.what} {outcome} at {self.size_pt:g} pt ({TEMPLATE}:{self.line})"


@dataclass(frozen=True)
class RenderedBadge:
    """A badge's `pdf`, its `shortened` texts, and its `fallbacks`: font families not of the design."""

    pdf: bytes
    shortened: tuple[Fit, ...] = ()
    fallbacks: tuple[str, ...] = ()
