"""The largest size at which a text fits into its box: measured with Pango, as WeasyPrint will set it.

Nothing is laid out to find out. Pango shapes the text at one size, and as shapes scale, a box that is
twice as wide answers for a font that is half as large. That is also why it is quick: each further font
size would cost fontconfig a search of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

from weasyprint.text.ffi import ffi, gobject, pango, unicode_to_char_p
from weasyprint.text.fonts import FontConfiguration

from badge_forge.text import Direction, direction

UNITS = 1024
"""Pango's units in one of ours."""

EM = 1000
"""The font size at which text is measured; all lengths inside are in thousandths of an em. It is large,
because Pango rounds some of a font's measures to whole units."""

STEP_PT = 0.5
"""Sizes are multiples of it, so that badges share sizes, and with them fontconfig's answers."""

DIGITS = 3
"""How exact lengths are, in digits of a point."""

ELLIPSIS = "…"
WORD_JOINER = "\u2060"
CLEARANCE = 0.04 * EM
"""The least white between the ink of two lines."""

SLACK = 0.995
"""What of a box's width is used: WeasyPrint's lengths are rounded to 1/1024 px."""


@dataclass(frozen=True)
class Font:
    """Font families in the order in which they are tried, and a weight of 100 to 900."""

    families: tuple[str, ...]
    weight: int = 400


@dataclass(frozen=True)
class Box:
    """The room for a text, in points, with the sizes that may be chosen and the lines at most."""

    width_pt: float
    height_pt: float
    max_pt: float
    min_pt: float
    lines: int = 100
    line_height: float = 1.1


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


class Fitter:
    """Fits texts with the fonts of one `FontConfiguration`."""

    def __init__(self, fonts: FontConfiguration) -> None:
        self._fonts = fonts
        self._measures: dict[tuple[Font, str, Direction], _Measure] = {}

    def fit(self, text: str, box: Box, font: Font, language: str = "") -> Fitted:
        """Return `text` set as large as `box` allows.

        It wraps between words as long as each word fits at the least size, and inside words if one does
        not. What does not fit even so ends with an ellipsis, at the least size.
        """
        measure = self._measure(font, language, direction(text))
        if language:
            text = _glue_words(measure.characters(text))
        for wrap in (pango.PANGO_WRAP_WORD, pango.PANGO_WRAP_WORD_CHAR):
            fitted = _largest(box, partial(measure.set, text, box, wrap))
            if fitted:
                return fitted
        return self._shorten(text, box, measure)

    def _measure(self, font: Font, language: str, base: Direction) -> "_Measure":
        key = font, language, base
        if key not in self._measures:
            self._measures[key] = _Measure(self._fonts, *key)
        return self._measures[key]

    def _shorten(self, text: str, box: Box, measure: "_Measure") -> Fitted:
        characters = measure.characters(text)
        low, high, best = 0, len(characters), None
        while low < high:
            middle = (low + high + 1) // 2
            short = "".join(characters[:middle]).rstrip(f" {WORD_JOINER}") + ELLIPSIS
            fitted = measure.set(short, box, pango.PANGO_WRAP_WORD_CHAR, box.min_pt)
            if fitted:
                low, best = middle, fitted
            else:
                high = middle - 1
        if best is None:
            # Not even an ellipsis: the box is too small for any text, which a check of the design says.
            best = measure.force(ELLIPSIS, box)
        return replace(best, shortened=True)


@dataclass(frozen=True)
class _Line:
    """A measured line, in thousandths of an em; `ascent` and `descent` are of the ink."""

    text: str
    width: float
    ascent: float
    descent: float
    baseline: float
    height: float


class _Measure:
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
        # What the line box is as high as at least, whatever the fonts of the text: CSS calls it strut.
        self._strut = self._lines("x", None, pango.PANGO_WRAP_WORD)[0]

    def set(self, text: str, box: Box, wrap: Any, size_pt: float) -> Fitted | None:
        """Return `text` set at `size_pt`, or None if it does not fit into `box`."""
        em = size_pt / EM
        width = box.width_pt * SLACK / em
        lines = self._lines(text, width, wrap)
        if len(lines) > box.lines or any(line.width > width for line in lines):
            return None
        fitted = self._place(lines, size_pt, box)
        return fitted if fitted.height_pt <= box.height_pt else None

    def force(self, text: str, box: Box) -> Fitted:
        """Return `text` set at the least size, whether or not it fits."""
        lines = self._lines(text, None, pango.PANGO_WRAP_WORD)
        return self._place(lines, box.min_pt, box)

    def characters(self, text: str) -> list[str]:
        """Return `text` in pieces that a reader takes for one character each, as Pango tells them."""
        layout = self._layout(text)
        attributes = pango.pango_layout_get_log_attrs_readonly(layout, ffi.new("gint *"))
        starts = [at for at in range(len(text)) if attributes[at].is_cursor_position]
        return [text[start:end] for start, end in pairwise([*starts, len(text)])]

    def _layout(self, text: str) -> Any:
        layout = ffi.gc(pango.pango_layout_new(self._context), gobject.g_object_unref)
        pango.pango_layout_set_auto_dir(layout, False)
        pango.pango_layout_set_font_description(layout, self._description)
        pointer, _encoded = unicode_to_char_p(text)
        pango.pango_layout_set_text(layout, pointer, -1)
        return layout

    def _place(self, lines: list[_Line], size_pt: float, box: Box) -> Fitted:
        pitch = max(
            box.line_height * EM,
            *(upper.descent + lower.ascent + CLEARANCE for upper, lower in pairwise(lines)),
            0,
        )
        first, last = (self._baseline(line, pitch) for line in (lines[0], lines[-1]))
        em = size_pt / EM
        return Fitted(
            lines=tuple(line.text for line in lines),
            direction=self.direction,
            size_pt=size_pt,
            line_height_pt=round(pitch * em, DIGITS),
            above_pt=round(max(0, lines[0].ascent - first) * em, DIGITS),
            below_pt=round(max(0, lines[-1].descent - (pitch - last)) * em, DIGITS),
        )

    def _baseline(self, line: _Line, pitch: float) -> float:
        """Return how far below the line's top its baseline is, by CSS's rules for line boxes."""
        return max((pitch - each.height) / 2 + each.baseline for each in (line, self._strut))

    def _lines(self, text: str, width: float | None, wrap: Any) -> list[_Line]:
        layout = self._layout(text)
        pango.pango_layout_set_wrap(layout, wrap)
        pango.pango_layout_set_width(layout, -1 if width is None else int(width * UNITS))
        encoded = text.encode()
        return [self._line(_text_of(line, encoded)) for line in _each_line(layout)]

    def _line(self, text: str) -> _Line:
        # Measured anew, alone and without a width: as WeasyPrint will set it.
        layout = self._layout(text)
        ink, logical = ffi.new("PangoRectangle *"), ffi.new("PangoRectangle *")
        line = pango.pango_layout_get_line_readonly(layout, 0)
        pango.pango_layout_line_get_extents(line, ink, logical)
        left = min(0, ink.x)
        return _Line(
            text=text,
            width=(max(logical.width, ink.x + ink.width) - left) / UNITS,
            ascent=-ink.y / UNITS,
            descent=(ink.y + ink.height) / UNITS,
            baseline=-logical.y / UNITS,
            height=logical.height / UNITS,
        )


def _largest(box: Box, set_at: Callable[[float], Fitted | None]) -> Fitted | None:
    """Return the text set at the largest size that fits, found by halving."""
    low, high = round(box.min_pt / STEP_PT), round(box.max_pt / STEP_PT)
    best = set_at(low * STEP_PT)
    if best is None:
        return None
    while low < high:
        middle = (low + high + 1) // 2
        fitted = set_at(middle * STEP_PT)
        if fitted:
            low, best = middle, fitted
        else:
            high = middle - 1
    return best


def _each_line(layout: Any) -> Iterator[Any]:
    index = 0
    while (line := pango.pango_layout_get_line_readonly(layout, index)) != ffi.NULL:
        yield line
        index += 1


def _text_of(line: Any, encoded: bytes) -> str:
    text = encoded[line.start_index : line.start_index + line.length].decode()
    return text.replace(WORD_JOINER, "").strip()


def _glue_words(characters: list[str]) -> str:
    """Return a text with its spaces as the only places to break: Han characters break anywhere."""
    return WORD_JOINER.join(characters).replace(f"{WORD_JOINER} {WORD_JOINER}", " ")
