"""The terminal application: it shows what it reads, and changes nothing."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.filter import LineFilter
from textual.widgets import Footer, Input, Static

from badge_forge.views.feed import Outage
from badge_forge.watch.filter import Filter
from badge_forge.watch.pane import Pane
from badge_forge.watch.picture_frame import PictureFrame
from badge_forge.watch.shown import Shown
from badge_forge.watch.source import LATEST, LATEST_WHILE_FILTERING, Source
from badge_forge.watch.status import Status
from badge_forge.watch.view import WIDE
from badge_forge.watch.without_colour import WithoutColour
from badge_forge.watch.words import clock

LEAST_WIDTH, LEAST_HEIGHT = 60, 16
"""The smallest terminal, in cells."""

TOO_SMALL = (
    f"badge-forge watch needs a terminal of {LEAST_WIDTH} x {LEAST_HEIGHT} cells, and this one has "
    "{0} x {1}: enlarge it, or use --once"
)


class WatchApp(App[None]):
    """Shows `source` until `q`. `badges_dir` has the PDFs for pictures, None shows none."""

    CSS_PATH = "watch.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = "#latest"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 — as in its base class
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("up,k", "select(-1)", "Select", key_display="↑↓"),
        Binding("down,j", "select(1)", show=False),
        Binding("pageup", "select(-10)", show=False),
        Binding("pagedown", "select(10)", show=False),
        Binding("tab", "app.focus_next", "Next", key_display="tab", priority=True),
        Binding("enter", "enlarge", "Enlarge", key_display="enter"),
        Binding("escape", "reset", "Reset", key_display="esc"),
        Binding("space", "pause", "Pause", key_display="space"),
        Binding("q", "quit", "Quit"),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(self, source: Source, badges_dir: Path | None = None, sharp: bool = False) -> None:
        super().__init__()
        self.theme = "ansi-dark"  # the terminal's own colours
        self._source = source
        self._shown = shown = Shown(source)
        self._status = Status()
        self._header = Static(id="header", markup=False)
        self._alert = Static(id="alert", markup=False)
        self._queues = Pane("queues", "Queues", shown.queues)
        self._latest = Pane("latest", "Latest", shown.latest)
        self._frame = PictureFrame(badges_dir, sharp) if badges_dir else None
        self._failures = Pane("failures", "Failures", shown.failures)
        self._applications = Pane("nodes", "Applications", shown.nodes)
        self._filter = Input(placeholder="ada   name:ada   type:speaker   queue:printing", id="filter")
        self._small = Static(id="small", markup=False)

    def compose(self) -> ComposeResult:
        """Compose the screen. Textual calls this."""
        yield self._header
        yield self._alert
        with Container(id="body"):
            yield self._queues
            with Container(id="lower"):
                with Container(id="finished"):
                    yield self._latest
                    if self._frame:
                        yield self._frame
                with Container(id="applications"):
                    yield self._failures
                    yield self._applications
        yield self._filter
        yield Footer(show_command_palette=False)
        yield self._small

    def on_mount(self) -> None:
        """Start to follow the table."""
        self.run_worker(self._follow())
        self.set_interval(1.0, self._draw_header)

    async def _follow(self) -> None:
        async with aclosing(self._source.follow()) as found:
            async for seen in found:
                if self._status.paused:
                    await self._status.end_of_pause()
                    continue
                if isinstance(seen, Outage):
                    self._status.answered(seen)
                else:
                    self._status.answered()
                    self._shown.see(seen)
                self.draw()

    def draw(self) -> None:
        """Draw what changed."""
        self._draw_header()
        titles = self._shown.titles()
        for pane in (self._queues, self._latest, self._failures, self._applications):
            pane.border_title = titles.get(str(pane.id), pane.border_title)
            pane.draw()
        if self._frame:
            self._frame.show(self._shown.job(), chosen=not self._shown.follows_newest)

    def _draw_header(self) -> None:
        alert = self._status.alert()
        _write(self._header, self._line_of_header(), layout=False)
        _write(self._alert, Text(alert))
        self._alert.set_class(bool(alert), "-shown")
        self.set_class(bool(alert), "-lost")

    def _line_of_header(self) -> Text:
        title = "Oban jobs" if self._source.any_table else "Badge Forge"
        taken_at = self._shown.view and self._shown.view.seen.snapshot.taken_at
        state = ("PAUSED at " if self._status.paused else "") + (
            clock(taken_at, taken_at) if taken_at else ""
        )
        line = Text.assemble((title, "bold"), "  ", (self._source.name, "dim"), no_wrap=True)
        line.truncate(max(0, self.size.width - len(state) - 4), overflow="ellipsis", pad=True)
        return line.append(f"  {state}")

    def action_pause(self) -> None:
        """Stop or continue reading the table."""
        self._status.toggle_pause()
        self._draw_header()

    def action_select(self, step: int) -> None:
        """Select another cause in the focused failures, otherwise another job."""
        select = self._shown.select_failure if self._failures.has_focus else self._shown.select_job
        select(step)
        self.draw()

    def action_enlarge(self) -> None:
        """Show the focused pane alone, or all panes again."""
        if isinstance(self.focused, Pane):
            self._enlarge(None if self.has_class("-enlarged") else self.focused)

    def _enlarge(self, large: Pane | None) -> None:
        self.set_class(large is not None, "-enlarged")
        for widget in self.query("#queues, #lower, #finished, #applications, #failures, #nodes"):
            widget.display = large is None or large in (widget, *widget.query(Pane))

    def action_filter(self) -> None:
        """Ask for a filter."""
        self._filter.add_class("-shown").focus()

    def action_reset(self) -> None:
        """Show all panes and all jobs, and follow the newest."""
        self._enlarge(None)
        self._shown.reset()
        self._filter.value = ""
        self.on_input_submitted()
        self.draw()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while the user types."""
        self._shown.choose(Filter.parse(event.value))
        self._source.latest = LATEST_WHILE_FILTERING if event.value else LATEST
        self.draw()

    def on_input_submitted(self) -> None:
        """Keep the filter, and leave its line."""
        self._filter.remove_class("-shown")
        self._latest.focus()

    def on_resize(self, event: Resize) -> None:
        """Say so if the terminal is too small."""
        width, height = event.size
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-small")
        _write(self._small, Text(TOO_SMALL.format(width, height)))
        self.call_after_refresh(self.draw)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters of all lines. Textual's own filter for NO_COLOR leaves shades of grey."""
        return [WithoutColour()] if self.no_color else super().get_line_filters()

    def _fatal_error(self) -> None:
        # Textual's traceback has local variables, which may include a password.
        self._close_messages_no_wait()


def _write(static: Static, text: Text, *, layout: bool = True) -> None:
    if static.content != text:
        static.update(text, layout=layout)
