"""Find the largest font size at which a text fits into its box, without laying out a page."""

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
"""The number of decimal places of lengths in points."""

MAX_CACHED = 256
"""The number of texts that a fitter caches."""

ELLIPSIS = "…"
CLEARANCE = 0.04 * EM
"""The minimum distance between the ink of two lines, in thousandths of an em."""

SLACK = 0.995
"""The usable part of a box's width. The rest allows for WeasyPrint, which rounds to 1/1024 px."""


@dataclass(frozen=True)
class Box:
    """The space for a text: its size, the range of font sizes, and the maximum number of lines."""

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
        # Some texts are on every badge, such as the event's name.
        self._fitted: dict[tuple[str, Box, Font, str], Fitted] = {}

    def fit(self, text: str, box: Box, font: Font, language: str = "") -> Fitted:
        """Return `text` in the largest size that fits into `box`.

        The text wraps between words. It wraps inside words only if a word does not fit at the minimum
        size. If it still does not fit, it is shortened, with an ellipsis at the end.
        """
        key = text, box, font, language
        if key not in self._fitted:
            if len(self._fitted) >= MAX_CACHED:
                self._fitted.clear()
            self._fitted[key] = self._fit(*key)
        return self._fitted[key]

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
            # The box is too small even for an ellipsis. The design check reports that.
            best = _place([measure.line(ELLIPSIS)], measure, box.min_pt, box)
        return replace(best, shortened=True)


def _set(text: MeasuredText, box: Box, wrap: Any, size_pt: float) -> Fitted | None:
    """Return `text` in the size `size_pt`, or None if it does not fit into `box`."""
    width = box.width_pt * SLACK / (size_pt / EM)
    lines = text.lines(width, wrap)
    if len(lines) > box.lines or any(line.width > width for line in lines):
        return None
    fitted = _place(lines, text.measure, size_pt, box)
    return fitted if fitted.height_pt <= box.height_pt else None


def _place(lines: list[Line], measure: Measure, size_pt: float, box: Box) -> Fitted:
    line_height = max(
        box.line_height * EM,
        *(upper.descent + lower.ascent + CLEARANCE for upper, lower in pairwise(lines)),
        0,
    )
    first, last = (_baseline(line, measure.strut, line_height) for line in (lines[0], lines[-1]))
    em = size_pt / EM
    return Fitted(
        lines=tuple(line.text for line in lines),
        direction=measure.direction,
        size_pt=size_pt,
        line_height_pt=round(line_height * em, DIGITS),
        above_pt=round(max(0, lines[0].ascent - first) * em, DIGITS),
        below_pt=round(max(0, lines[-1].descent - (line_height - last)) * em, DIGITS),
    )


def _baseline(line: Line, strut: Line, line_height: float) -> float:
    """Return the distance from the top of the line box to its baseline (CSS 2.1, 10.8)."""
    return max((line_height - each.height) / 2 + each.baseline for each in (line, strut))


def _largest(box: Box, set_at: Callable[[float], Fitted | None]) -> Fitted | None:
    """Return the text in the largest size that fits, or None if none fits. Uses binary search."""
    sizes = sizes_pt(box.min_pt, box.max_pt)
    largest = set_at(sizes[-1])  # most texts fit at the maximum size
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
    """Return the font sizes to try, in ascending order: every 0.5 pt, and every 1 pt from 30 pt.

    There are few sizes, because fontconfig, Pango and WeasyPrint cache data for each size.
    """
    size, sizes = min_pt, []
    while size < max_pt:
        sizes.append(size)
        size += FINE_STEP_PT if size < COARSE_FROM_PT else COARSE_STEP_PT
    return (*sizes, max_pt)
