"""Find the largest font size at which a text fits into its box, without laying out a page."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise
from typing import Any

from badge_forge.rendering.bounded import Bounded
from badge_forge.rendering.fitting.line_breaks import (
    SOFT_HYPHEN,
    WORD_JOINER,
    glue_words,
    wraps_anywhere,
)
from badge_forge.rendering.fitting.measuring import ANYWHERE, EM, WORDS, Line, Measure, MeasuredText
from badge_forge.rendering.fitting.text_style import TextStyle
from badge_forge.rendering.result import Fitted

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

    def __post_init__(self) -> None:
        """Raise `ValueError` for a size that is not a number above 0."""
        for name, value in vars(self).items():
            if not isinstance(value, int | float) or not value > 0:
                raise ValueError(f"{name} should be a number above 0, got {value!r}")


class Fitter:
    """Fits texts, and caches the results. Some texts are on every badge, such as the event's name."""

    def __init__(self) -> None:
        self._fitted = Bounded[tuple[str, Box, TextStyle], Fitted](MAX_CACHED)

    def fit(self, text: str, box: Box, style: TextStyle) -> Fitted:
        """Return `text` in the largest size that fits into `box`, in the `style` that it is drawn in.

        The text wraps between words. It wraps inside words only if a word does not fit at the minimum
        size. If it still does not fit, it is shortened, with an ellipsis at the end.
        """
        key = text, box, style
        if key not in self._fitted:
            indent_pt = max(0, style.indent_pt(box.width_pt))
            inner = replace(box, width_pt=box.width_pt - indent_pt)
            fitted = _Fitting(style.transform(text), inner, style).fit()
            self._fitted[key] = replace(fitted, width_pt=fitted.width_pt + indent_pt)
        return self._fitted[key]


class _Fitting:
    """The fitting of one text into a box."""

    def __init__(self, text: str, box: Box, style: TextStyle) -> None:
        self._box = box
        self._style = style
        self._text = text
        self._glued = self._glue(text)
        self._measured: dict[Measure, MeasuredText] = {}

    def fit(self) -> Fitted:
        for wrap in (WORDS, ANYWHERE):
            fitted = _largest(self._box, partial(self._set, wrap))
            if fitted:
                return fitted
        return self._shorten()

    def _shorten(self) -> Fitted:
        measure, size_pt = self._style.measure(self._box.min_pt), self._box.min_pt
        characters = measure.characters(self._text)
        low, high, best = 0, len(characters), None
        while low < high:
            middle = (low + high + 1) // 2
            kept = "".join(characters[:middle]).rstrip(f" {WORD_JOINER}{SOFT_HYPHEN}")
            short = measure.text(self._glue(kept) + ELLIPSIS)
            fitted = self._set_lines(short, ANYWHERE, size_pt)
            if fitted:
                low, best = middle, fitted
            else:
                high = middle - 1
        if best is None:
            # The box is too small even for an ellipsis. The design check reports that.
            best = self._place([measure.line(ELLIPSIS)], measure, size_pt)
        return replace(best, shortened=True)

    def _glue(self, text: str) -> str:
        if not wraps_anywhere(text):  # as nearly all texts
            return text
        return glue_words(self._style.measure(self._box.min_pt).characters(text))

    def _set(self, wrap: Any, size_pt: float) -> Fitted | None:
        measure = self._style.measure(size_pt)
        if measure not in self._measured:
            self._measured[measure] = measure.text(self._glued)
        return self._set_lines(self._measured[measure], wrap, size_pt)

    def _set_lines(self, text: MeasuredText, wrap: Any, size_pt: float) -> Fitted | None:
        """Return `text` in the size `size_pt`, or None if it does not fit into the box."""
        box = self._box
        width = box.width_pt * SLACK / (size_pt / EM)
        lines = text.lines(width, wrap)
        width -= sum(_overhangs(lines))
        if len(lines) > box.lines or any(line.width > width for line in lines):
            return None
        fitted = self._place(lines, text.measure, size_pt)
        return fitted if fitted.height_pt <= box.height_pt else None

    def _place(self, lines: list[Line], measure: Measure, size_pt: float) -> Fitted:
        line_height = max(
            self._box.line_height * EM,
            *(upper.descent + lower.ascent + CLEARANCE for upper, lower in pairwise(lines)),
            0,
        )
        first, last = (_baseline(line, measure.strut, line_height) for line in (lines[0], lines[-1]))
        em = size_pt / EM
        left_pt, right_pt = (round(overhang * em, DIGITS) for overhang in _overhangs(lines))
        return Fitted(
            lines=tuple(line.text for line in lines),
            language=self._style.language,
            size_pt=size_pt,
            width_pt=round(max(0, self._box.width_pt - left_pt - right_pt), DIGITS),
            left_pt=left_pt,
            right_pt=right_pt,
            line_height_pt=round(line_height * em, DIGITS),
            above_pt=round(max(0, lines[0].ascent - first) * em, DIGITS),
            below_pt=round(max(0, lines[-1].descent - (line_height - last)) * em, DIGITS),
        )


def _overhangs(lines: list[Line]) -> tuple[float, float]:
    """Return how far the ink of `lines` extends to the left and right, in thousandths of an em."""
    return max(line.left for line in lines), max(line.right for line in lines)


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
