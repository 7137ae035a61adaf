"""The largest size at which a text fits into its box: found without laying anything out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise
from typing import Any

from badge_forge.rendering.fitting.measuring import (
    ANYWHERE,
    EM,
    WORD_JOINER,
    WORDS,
    Font,
    Line,
    Measure,
    MeasuredText,
    glue_words,
)
from badge_forge.rendering.result import Fitted
from badge_forge.rendering.weasyprint_internals import FontConfiguration
from badge_forge.text.text import Direction, direction

FINE_STEP_PT, COARSE_STEP_PT, COARSE_FROM_PT = 0.5, 1, 30

DIGITS = 3
"""How exact lengths are, in digits of a point."""

KEPT = 256
"""How many texts a fitter remembers."""

ELLIPSIS = "…"
CLEARANCE = 0.04 * EM
"""The least white between the ink of two lines."""

SLACK = 0.995
"""What of a box's width is used: WeasyPrint's lengths are rounded to 1/1024 px."""


@dataclass(frozen=True)
class Box:
    """The room for a text, in points, with the sizes that may be chosen and the lines at most."""

    width_pt: float
    height_pt: float
    max_pt: float
    min_pt: float
    lines: int = 100
    line_height: float = 1.1


class Fitter:
    """Fits texts with the fonts of one `FontConfiguration`."""

    def __init__(self, fonts: FontConfiguration) -> None:
        self._fonts = fonts
        self._measures: dict[tuple[Font, str, Direction], Measure] = {}
        # The event's name, for one, is on every badge.
        self._fitted: dict[tuple[str, Box, Font, str], Fitted] = {}

    def fit(self, text: str, box: Box, font: Font, language: str = "") -> Fitted:
        """Return `text` set as large as `box` allows.

        It wraps between words as long as each word fits at the least size, and inside words if one does
        not. What does not fit even so ends with an ellipsis, at the least size.
        """
        asked = text, box, font, language
        if asked not in self._fitted:
            if len(self._fitted) >= KEPT:
                self._fitted.clear()
            self._fitted[asked] = self._fit(*asked)
        return self._fitted[asked]

    def _fit(self, text: str, box: Box, font: Font, language: str) -> Fitted:
        measure = self._measure(font, language, direction(text))
        if language:
            text = glue_words(measure.characters(text))
        measured = measure.text(text)
        for wrap in (WORDS, ANYWHERE):
            fitted = _largest(box, partial(_set, measured, box, wrap))
            if fitted:
                return fitted
        return self._shorten(text, box, measure)

    def _measure(self, font: Font, language: str, base: Direction) -> Measure:
        key = font, language, base
        if key not in self._measures:
            self._measures[key] = Measure(self._fonts, *key)
        return self._measures[key]

    def _shorten(self, text: str, box: Box, measure: Measure) -> Fitted:
        characters = measure.characters(text)
        low, high, best = 0, len(characters), None
        while low < high:
            middle = (low + high + 1) // 2
            short = "".join(characters[:middle]).rstrip(f" {WORD_JOINER}") + ELLIPSIS
            fitted = _set(measure.text(short), box, ANYWHERE, box.min_pt)
            if fitted:
                low, best = middle, fitted
            else:
                high = middle - 1
        if best is None:
            # Not even an ellipsis: the box is too small for any text, which a check of the design says.
            best = _place([measure.line(ELLIPSIS)], measure, box.min_pt, box)
        return replace(best, shortened=True)


def _set(text: MeasuredText, box: Box, wrap: Any, size_pt: float) -> Fitted | None:
    """Return `text` set at `size_pt`, or None if it does not fit into `box`."""
    width = box.width_pt * SLACK / (size_pt / EM)
    lines = text.lines(width, wrap)
    if len(lines) > box.lines or any(line.width > width for line in lines):
        return None
    fitted = _place(lines, text.measure, size_pt, box)
    return fitted if fitted.height_pt <= box.height_pt else None


def _place(lines: list[Line], measure: Measure, size_pt: float, box: Box) -> Fitted:
    pitch = max(
        box.line_height * EM,
        *(upper.descent + lower.ascent + CLEARANCE for upper, lower in pairwise(lines)),
        0,
    )
    first, last = (_baseline(line, measure.strut, pitch) for line in (lines[0], lines[-1]))
    em = size_pt / EM
    return Fitted(
        lines=tuple(line.text for line in lines),
        direction=measure.direction,
        size_pt=size_pt,
        line_height_pt=round(pitch * em, DIGITS),
        above_pt=round(max(0, lines[0].ascent - first) * em, DIGITS),
        below_pt=round(max(0, lines[-1].descent - (pitch - last)) * em, DIGITS),
    )


def _baseline(line: Line, strut: Line, pitch: float) -> float:
    """Return how far below the line's top its baseline is, by CSS's rules for line boxes."""
    return max((pitch - each.height) / 2 + each.baseline for each in (line, strut))


def _largest(box: Box, set_at: Callable[[float], Fitted | None]) -> Fitted | None:
    """Return the text set at the largest size that fits, found by halving."""
    sizes = sizes_pt(box.min_pt, box.max_pt)
    largest = set_at(sizes[-1])  # most fit even so
    if largest:
        return largest
    best = set_at(sizes[0])
    if best is None:
        return None
    low, high = 0, len(sizes) - 2
    while low < high:
        middle = (low + high + 1) // 2
        fitted = set_at(sizes[middle])
        if fitted:
            low, best = middle, fitted
        else:
            high = middle - 1
    return best


@cache
def sizes_pt(min_pt: float, max_pt: float) -> tuple[float, ...]:
    """Return the sizes that are tried, smallest first: half points, and from 30 pt on whole ones.

    Few sizes, because badges that share one share what fontconfig, Pango and WeasyPrint keep for it.
    """
    size, sizes = min_pt, []
    while size < max_pt:
        sizes.append(size)
        size += FINE_STEP_PT if size < COARSE_FROM_PT else COARSE_STEP_PT
    return (*sizes, max_pt)
