"""Measure texts with Pango, as WeasyPrint will set them.

Texts are measured at one font size, because fontconfig searches for fonts for each new size. Glyphs
scale: half the font size has the same line breaks as a box of twice the width.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from badge_forge.rendering.weasyprint_internals import (
    FontConfiguration,
    ffi,
    gobject,
    pango,
    unicode_to_char_p,
)
from badge_forge.text.text import Direction

UNITS = 1024
"""Pango units per unit of this module."""

EM = 1000
"""The font size at which texts are measured. All lengths in this module are in thousandths of an em. The
size is large because Pango rounds some font metrics to whole units."""

WORDS, ANYWHERE = pango.PANGO_WRAP_WORD, pango.PANGO_WRAP_WORD_CHAR
"""Where a text can wrap: between words only, or also inside a word that is too wide."""

WORD_JOINER = "\u2060"


@dataclass(frozen=True)
class Font:
    """Font families in order of preference, and a weight from 100 to 900."""

    families: tuple[str, ...]
    weight: int = 400


@dataclass(frozen=True)
class Line:
    """A measured line, in thousandths of an em. `ascent` and `descent` are those of the ink."""

    text: str
    width: float
    ascent: float
    descent: float
    baseline: float
    height: float


class Measure:
    """Measures texts in one font, language and direction."""

    def __init__(self, fonts: FontConfiguration, font: Font, language: str, base: Direction) -> None:
        self.direction = base
        self._context = ffi.gc(
            pango.pango_font_map_create_context(fonts.font_map), gobject.g_object_unref
        )
        pango.pango_context_set_round_glyph_positions(self._context, False)
        directions = {"rtl": pango.PANGO_DIRECTION_RTL, "ltr": pango.PANGO_DIRECTION_LTR}
        pango.pango_context_set_base_dir(self._context, directions[base])
        tag, self._tag = unicode_to_char_p(language or "en")
        pango.pango_context_set_language(self._context, pango.pango_language_from_string(tag))
        self._description = ffi.gc(pango.pango_font_description_new(), pango.pango_font_description_free)
        families, self._families = unicode_to_char_p(",".join(font.families))
        pango.pango_font_description_set_family(self._description, families)
        pango.pango_font_description_set_weight(self._description, font.weight)
        pango.pango_font_description_set_absolute_size(self._description, EM * UNITS)
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
        """Return a Pango layout of `text`, without a width."""
        layout = ffi.gc(pango.pango_layout_new(self._context), gobject.g_object_unref)
        pango.pango_layout_set_auto_dir(layout, False)
        pango.pango_layout_set_font_description(layout, self._description)
        pointer, _encoded = unicode_to_char_p(text)
        pango.pango_layout_set_text(layout, pointer, -1)
        return layout

    def line(self, text: str) -> Line:
        """Measure `text` as one line, without a width, as WeasyPrint will set it."""
        ink, logical = ffi.new("PangoRectangle *"), ffi.new("PangoRectangle *")
        layout = self.layout(text)
        line = pango.pango_layout_get_line_readonly(layout, 0)
        pango.pango_layout_line_get_extents(line, ink, logical)
        left = min(0, ink.x)
        return Line(
            text=text,
            width=(max(logical.width, ink.x + ink.width) - left) / UNITS,
            ascent=-ink.y / UNITS,
            descent=(ink.y + ink.height) / UNITS,
            baseline=-logical.y / UNITS,
            height=logical.height / UNITS,
        )


class MeasuredText:
    """A text measured in one font. Its lines are cached, because they apply to all font sizes."""

    def __init__(self, measure: Measure, text: str) -> None:
        self.measure = measure
        self.text = text
        self._lines: dict[str, Line] = {}

    def whole(self) -> Line:
        """Measure the text as one line."""
        return self._line(_visible(self.text))

    def lines(self, width: float, wrap: Any) -> list[Line]:
        """Wrap the text at `width`. Lines are wider than that if `wrap` does not allow a break."""
        whole = self.whole()
        if whole.width <= width:
            return [whole]
        pango.pango_layout_set_wrap(self._layout, wrap)
        pango.pango_layout_set_width(self._layout, int(width * UNITS))
        encoded = self.text.encode()
        return [self._line(_text_of(line, encoded)) for line in _each_line(self._layout)]

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


def _text_of(line: Any, encoded: bytes) -> str:
    return _visible(encoded[line.start_index : line.start_index + line.length].decode())


def _visible(text: str) -> str:
    """Return `text` without word joiners, and without spaces at its ends."""
    return text.replace(WORD_JOINER, "").strip()


def glue_words(characters: list[str]) -> str:
    """Join `characters` to a text that wraps at spaces only. By default, Han text wraps anywhere."""
    return WORD_JOINER.join(characters).replace(f"{WORD_JOINER} {WORD_JOINER}", " ")
