"""Measure texts with Pango, as WeasyPrint will set them.

Texts are measured at one font size, because fontconfig searches for fonts for each new size. Glyphs
scale: half the font size has the same line breaks as a box of twice the width.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import inf
from typing import Any
from unicodedata import category

from badge_forge.rendering.fitting.line_breaks import printed_lines, without_breaks
from badge_forge.rendering.weasyprint_internals import Layout, ffi, pango

UNITS = 1024
"""Pango units per unit of this module."""

EM = 1000
"""The font size at which texts are measured. All lengths in this module are in thousandths of an em. The
size is large because Pango rounds some font metrics to whole units."""

EMOJI = re.compile("[\u20e3\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
EMOJI_ASCENT, EMOJI_OVERHANG = EM, 0.1 * EM
"""WeasyPrint draws a coloured emoji as an image, which is larger than the ink that Pango knows of."""

WORDS, ANYWHERE = pango.PANGO_WRAP_WORD, pango.PANGO_WRAP_WORD_CHAR
"""Where a text can wrap: between words only, or also inside a word that is too wide."""


@dataclass(frozen=True)
class Line:
    """A measured line, in thousandths of an em. `ascent` and `descent` are those of the ink.

    `left` and `right` are how far its ink extends beyond its `width`, as that of italics does.
    """

    text: str
    width: float
    left: float
    right: float
    ascent: float
    descent: float
    baseline: float
    height: float


class Measure:
    """Measures texts in one `style`, which WeasyPrint has computed for a font size of `EM` pixels."""

    def __init__(self, style: Any) -> None:
        self._style = style
        letter_spacing = style["letter_spacing"]
        self._letter_spacing = 0 if letter_spacing == "normal" else letter_spacing
        # A layout is expensive. But with spacing, it keeps the spaces of the previous text.
        self._reused = None if letter_spacing != "normal" or style["word_spacing"] else Layout(style)
        # The strut of CSS: it sets the minimum height of a line box, whichever fonts its text uses.
        self.strut = self.line("x")

    def text(self, text: str) -> "MeasuredText":
        """Return `text` as a `MeasuredText`, which measures it as a whole and by line."""
        return MeasuredText(self, text)

    def characters(self, text: str) -> list[str]:
        """Split `text` into grapheme clusters, which readers perceive as characters."""
        layout = self.layout(text)
        attributes = pango.pango_layout_get_log_attrs_readonly(layout, ffi.new("gint *"))
        starts = [at for at in range(len(text)) if attributes[at].is_cursor_position]
        return [text[start:end] for start, end in pairwise([*starts, len(text)])]

    def layout(self, text: str) -> Any:
        """Return a new Pango layout of `text`, without a width."""
        layout = Layout(self._style)
        layout.set_text(text)
        return layout.layout

    def line(self, text: str) -> Line:
        """Measure `text` as one line, without a width, as WeasyPrint will set it."""
        ink, logical = ffi.new("PangoRectangle *"), ffi.new("PangoRectangle *")
        if self._reused:
            self._reused.set_text(text)
        layout = self._reused.layout if self._reused else self.layout(text)
        line = pango.pango_layout_get_line_readonly(layout, 0)
        pango.pango_layout_line_get_extents(line, ink, logical)
        width = logical.width / UNITS + self._letter_spacing
        emoji = EMOJI.search(text)
        return Line(
            text=text,
            width=width,
            left=max(0, -ink.x / UNITS),
            right=max(EMOJI_OVERHANG if emoji else 0, (ink.x + ink.width) / UNITS - width)
            + self._not_tightened(text),
            ascent=max(EMOJI_ASCENT if emoji else -inf, -ink.y / UNITS),
            descent=(ink.y + ink.height) / UNITS,
            baseline=-logical.y / UNITS,
            height=logical.height / UNITS,
        )

    def _not_tightened(self, text: str) -> float:
        """Return how much wider WeasyPrint draws `text` than Pango measures it.

        With a negative letter spacing, it does not move all letters closer together: not those with a
        mark, and not those where the direction changes.
        """
        if self._letter_spacing >= 0:
            return 0
        marks = sum(category(char)[0] == "M" for char in text)
        return -float(self._letter_spacing) * (marks + 2)


class MeasuredText:
    """A text measured in one style. Its lines are cached, because they apply to all font sizes."""

    def __init__(self, measure: Measure, text: str) -> None:
        self.measure = measure
        self.text = text
        self._lines: dict[str, Line] = {}

    def whole(self) -> Line:
        """Measure the text as one line."""
        return self._line(without_breaks(self.text))

    def lines(self, width: float, wrap: Any) -> list[Line]:
        """Wrap the text at `width`. Lines are wider than that if `wrap` does not allow a break."""
        whole = self.whole()
        if whole.left + whole.width + whole.right <= width:
            return [whole]
        pango.pango_layout_set_wrap(self._layout, wrap)
        pango.pango_layout_set_width(self._layout, int(width * UNITS))
        encoded = self.text.encode()
        parts = [
            encoded[line.start_index : line.start_index + line.length].decode()
            for line in _each_line(self._layout)
        ]
        return list(map(self._line, printed_lines(parts)))

    @cached_property  # most texts fit on one line and need no layout
    def _layout(self) -> Any:
        return self.measure.layout(self.text)

    def _line(self, text: str) -> Line:
        if text not in self._lines:
            self._lines[text] = self.measure.line(text)
        return self._lines[text]


def _each_line(layout: Any) -> Iterator[Any]:
    index = 0
    while (line := pango.pango_layout_get_line_readonly(layout, index)) != ffi.NULL:
        yield line
        index += 1
