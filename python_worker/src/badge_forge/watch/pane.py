"""A widget with a title and lines of text, which draws only the lines that changed."""

from collections.abc import Callable

from rich.text import Text
from textual.events import Resize
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

Content = Callable[[int, int], list[Text]]
"""Returns the lines for a width and a height in cells."""

MOST_LINES = 200
"""Most lines that a pane asks for, where its height depends on its content."""


class Pane(Widget, can_focus=True):
    """Lines of text below a title. `content` returns them for the size of the pane."""

    def __init__(self, pane_id: str, title: str, content: Content) -> None:
        super().__init__(id=pane_id)
        self.border_title = title
        self._content = content
        self._lines: list[Text] = []
        self._wanted = 0

    @property
    def text(self) -> str:
        """The lines without their styles."""
        return "\n".join(line.plain for line in self._lines)

    def draw(self) -> None:
        """Draw the lines that changed. If the height depends on their number, lay out again."""
        width, height = self.size
        if not (width and height and self.display):
            return
        if self.styles.is_auto_height and self._wanted != (wanted := self._lines_wanted(width)):
            self._wanted = wanted
            self.refresh(layout=True)
        before, self._lines = self._lines, self._content(width, height)
        for y in range(max(len(before), len(self._lines))):
            if before[y : y + 1] != self._lines[y : y + 1]:
                self.refresh(Region(0, y, width, 1))

    def on_resize(self, _event: Resize) -> None:
        """Draw for the new size."""
        self._lines = []
        self.draw()

    def render_line(self, y: int) -> Strip:
        """Return line `y`. Textual calls this."""
        width, base = self.size.width, self.visual_style.rich_style
        if y >= len(self._lines):
            return Strip.blank(width, base)
        line, console = self._lines[y], self.app.console
        strip = Strip(line.render(console)).adjust_cell_length(width)
        return strip.apply_style(base + console.get_style(line.style))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines. Textual calls this where the height depends on it."""
        return self._lines_wanted(width)

    def _lines_wanted(self, width: int) -> int:
        return max(1, len(self._content(width, MOST_LINES)))
