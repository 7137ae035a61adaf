"""The style of a fitted text, as WeasyPrint computes it from the design, in any font size."""

from typing import Any

from badge_forge.rendering.fitting.measuring import EM, Measure
from badge_forge.rendering.restyled import restyled
from badge_forge.rendering.weasyprint_internals import INHERITED, Dimension, TextBox
from badge_forge.units import PT_PER_PX, PX_PER_PT

SPACINGS = ("letter_spacing", "word_spacing")

WITHOUT_EFFECT = {"color", "visibility", "line_height"}
"""Inherited properties that often differ between texts, but never change their measures."""


class TextStyle:
    """A style of WeasyPrint, which a style sheet may have changed in any way.

    `language` is the language tag of the text. Lengths in em are relative to the size of the text.
    """

    def __init__(self, style: Any, language: str) -> None:
        self.language = language
        self._style = restyled(style, lang=("string", language))
        self._transforms = style["text_transform"] != "none" or style["hyphens"] == "none"
        # With a spacing in other units than em, texts of different sizes have different line breaks.
        self._measures: dict[tuple[float, ...], Measure] = {}
        spaced = style["letter_spacing"] != "normal" or style["word_spacing"]
        self._only = None if spaced else self._measure({})

    def transform(self, text: str) -> str:
        """Return `text` after its `text-transform`, for example in capitals."""
        if not self._transforms:
            return text
        box = TextBox("span", self._style, None, text)
        box.process_text_transform()
        return str(box.text)

    def indent_pt(self, width_pt: float) -> float:
        """Return the indent of each line in a box of `width_pt`, in points."""
        indent = self._style["text_indent"]
        if indent.unit == "%":
            return float(indent.value * width_pt / 100)
        return float(indent.value * PT_PER_PX)

    def measure(self, size_pt: float) -> Measure:
        """Return the measure of texts at the font size `size_pt`."""
        if self._only:
            return self._only
        style = restyled(self._style, font_size=Dimension(size_pt, "pt"))
        spacings = {name: _number(style[name]) * EM / (size_pt * PX_PER_PT) for name in SPACINGS}
        key = tuple(round(spacing) for spacing in spacings.values())
        if key not in self._measures:
            self._measures[key] = self._measure(spacings)
        return self._measures[key]

    def _measure(self, spacings: dict[str, float]) -> Measure:
        lengths = {name: Dimension(length, "px") for name, length in spacings.items()}
        return Measure(restyled(self._style, font_size=Dimension(EM, "px"), **lengths))


def _number(length: Any) -> float:
    return 0 if length == "normal" else float(length)


def identity_of(style: Any) -> str:
    """Return a text that is the same for styles in which all texts have the same measures."""
    sizes = [restyled(style, font_size=Dimension(size, "px")) for size in (EM, EM / 2)]
    return str([[sized[name] for name in sorted(INHERITED - WITHOUT_EFFECT)] for sized in sizes])
