"""Set the lines of a fitted text in a box that WeasyPrint has laid out.

The lines get the positions that WeasyPrint gives to lines with one text (CSS 2.1, 10.8). WeasyPrint
draws them. This module uses WeasyPrint's box tree, which is not a documented interface. Tests compare
the pages with those of plain WeasyPrint.
"""

from typing import Any

from badge_forge.rendering.bounded import Bounded
from badge_forge.rendering.restyled import restyled
from badge_forge.rendering.result import Fitted
from badge_forge.rendering.weasyprint_internals import (
    FROM_UNITS,
    INHERITED,
    AnonymousStyle,
    BlockBox,
    Dimension,
    Layout,
    LineBox,
    Pending,
    TextBox,
    check_math,
    line_size,
    pango,
    resolve_percentages,
    strut,
    text_align,
)
from badge_forge.units import PX_PER_PT

FONT_RELATIVE = {"cap", "ch", "em", "ex", "ic", "lh"}
"""Units of lengths that are relative to the font size of the element, not of the root."""

STYLES = 128
"""The number of styles that are kept for a box, one for each font size and line height."""


class FittedTextBox:
    """The box of a fitted text. It is empty, or has the text of another badge."""

    def __init__(self, box: BlockBox) -> None:
        self.box = box
        self._styles = Bounded[tuple[float, float], Any](STYLES)
        self._set: tuple[Fitted, float, float] | None = None
        """The text in the box, and the position that its lines have."""

    def resize(self, fitted: Fitted) -> None:
        """Set the size that `fitted` needs."""
        self.box.width = fitted.width_pt * PX_PER_PT
        self.box.padding_left = fitted.left_pt * PX_PER_PT
        self.box.padding_right = fitted.right_pt * PX_PER_PT
        self.box.height = fitted.line_height_pt * len(fitted.lines) * PX_PER_PT
        self.box.padding_top = fitted.above_pt * PX_PER_PT
        self.box.padding_bottom = fitted.below_pt * PX_PER_PT

    def set(self, fitted: Fitted) -> None:
        """Insert the lines of `fitted`. The box must have its final height and position.

        Many texts are the same on the next badge, such as the event's name.
        """
        place = fitted, self.box.content_box_x(), self.box.content_box_y()
        if place == self._set:
            return
        self._set = place
        style = self._style(fitted.size_pt, fitted.line_height_pt)
        line_height = fitted.line_height_pt * PX_PER_PT
        top = self.box.content_box_y()
        self.box.children = [
            self._line(line, style, top + number * line_height)
            for number, line in enumerate(fitted.lines)
        ]

    def _line(self, text: str, style: Any, top: float) -> LineBox:
        box = TextBox(self.box.element_tag, style, self.box.element, text)
        box.process_text_transform()
        box.pango_layout = layout = _Layout(box.text, style)
        line_height, strut_baseline = strut(style)
        leading = (line_height - layout.height) / 2
        box.width, box.height = layout.width, layout.height
        box.margin_top = box.margin_bottom = leading
        box.baseline = layout.baseline + leading

        line = LineBox(self.box.element_tag, style, self.box.element, [box])
        resolve_percentages(line, self.box)
        line.background = None
        line.width, line.height = layout.width, line_height
        line.baseline = max(box.baseline, strut_baseline)
        line.position_x, line.position_y = self._left(line), top
        box.position_x, box.position_y = line.position_x, top + line.baseline - box.baseline
        return line

    def _left(self, line: LineBox) -> float:
        """Return the position of the left end of a line, also if its direction is right to left."""
        left, offset = self.box.content_box_x(), text_align(None, line, self.box.width, last=True)
        if self.box.style["direction"] == "rtl":
            return float(left + self.box.width - offset - line.width)
        return float(left + offset)

    def _style(self, size_pt: float, line_height_pt: float) -> Any:
        """Return the style of the lines for a font size and a line height."""
        key = size_pt, line_height_pt
        if key not in self._styles:
            sizes = {"font_size": size_pt, "line_height": line_height_pt}
            lengths = {name: Dimension(length_pt, "pt") for name, length_pt in sizes.items()}
            self._styles[key] = AnonymousStyle(restyled(self.box.style, **lengths))
        return self._styles[key]


class _Layout(Layout):  # type: ignore[misc]
    """A line of text that Pango has shaped, with its size in pixels."""

    def __init__(self, text: str, style: Any) -> None:
        super().__init__(style)
        self.set_text(text)
        line, _index = self.get_first_line()
        self.width, self.height = line_size(line, style)
        self.baseline = pango.pango_layout_get_baseline(self.layout) * FROM_UNITS

    def reactivate(self, style: Any) -> None:
        """Do nothing. By default, WeasyPrint shapes a text again to draw it, which doubles the cost."""

    def deactivate(self) -> None:
        """Do nothing: the text stays shaped until it is drawn."""


def can_be_set(box: Any, fitted: Fitted) -> bool:
    """Tell whether `FittedTextBox` sets `fitted` in `box` as WeasyPrint would."""
    return (
        type(box) is BlockBox
        and not box.children
        and not any(
            _depends_on_font_size(value)
            for name, (value, _weight) in box.style.cascaded.items()
            if name not in INHERITED
        )
        and all(
            box.style.cascaded[name][0] == Dimension(length, "pt")
            for name, length in (
                ("font_size", fitted.size_pt),
                ("line_height", fitted.line_height_pt),
                ("width", fitted.width_pt),
                ("padding_left", fitted.left_pt),
                ("padding_right", fitted.right_pt),
            )
        )
        and box.style["white_space"] == "pre"
        and box.style["text_indent"] == Dimension(0, "px")
    )


def _depends_on_font_size(value: Any) -> bool:
    """Tell whether the value of a property is, or may be, a length relative to the font size."""
    if isinstance(value, tuple | list) and not isinstance(value, Dimension):
        return any(map(_depends_on_font_size, value))
    unit = getattr(value, "unit", None)
    return unit in FONT_RELATIVE or isinstance(value, Pending) or check_math(value)
