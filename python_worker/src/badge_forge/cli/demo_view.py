"""What `make demo` shows. Names and reasons are untrusted: they never reach the terminal as they are."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table
from rich.text import Text

from badge_forge.demo.batch import Badge, Progress
from badge_forge.demo.rendered import RenderedBadge
from badge_forge.demo.run import OnProgress
from badge_forge.text.text import one_line

SHOWN_BADGES = 20
SHOWN_FAILURES = 50
SHOWN_LENGTH = 300
NAME_CELLS = 28
TABLE_NAME_CELLS = 50
TYPE_CELLS = 9
LOG_LINE_INTERVAL_S = 1.0


@contextmanager
def progress_shown(console: Console, count: int) -> Iterator[OnProgress]:
    """Yield a callback that shows badges and progress: with bars on a terminal, in plain lines else."""
    if not console.is_terminal:
        yield _Lines(console, count)
        return
    columns = (
        TextColumn("{task.description:<8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with ProgressBar(*columns, console=console) as bars:
        rendered = bars.add_task("Rendered", total=count)
        printed = bars.add_task("Printed", total=count)

        def show(progress: Progress, badges: list[RenderedBadge]) -> None:
            _show_rendered(console, badges)
            bars.update(rendered, completed=progress.rendered)
            bars.update(printed, completed=progress.printed)

        yield show


class _Lines:
    """Progress as plain lines: at most one per second, and always the last one."""

    def __init__(self, console: Console, count: int) -> None:
        self._console = console
        self._count = count
        self._shown_at = float("-inf")

    def __call__(self, progress: Progress, badges: list[RenderedBadge]) -> None:
        _show_rendered(self._console, badges)
        finished = progress.printed + progress.failed >= self._count
        if finished or time.monotonic() - self._shown_at >= LOG_LINE_INTERVAL_S:
            self._shown_at = time.monotonic()
            self._console.print(
                f"rendered {progress.rendered}/{self._count}, printed {progress.printed}/{self._count}"
            )


def _show_rendered(console: Console, badges: list[RenderedBadge]) -> None:
    for badge in badges:
        name, type_ = _fit(badge.name, NAME_CELLS), _fit(badge.type, TYPE_CELLS)
        row = f"  {set_cell_size(name, NAME_CELLS)}  {set_cell_size(type_, TYPE_CELLS)}"
        console.print(Text(f"{row}  {badge.duration_s * 1000:6.0f} ms"), soft_wrap=True)


def _fit(text: str, cells: int) -> str:
    """Return untrusted `text` as one line of at most `cells` columns of a terminal."""
    line = one_line(text, SHOWN_LENGTH)
    return line if cell_len(line) <= cells else set_cell_size(line, cells - 1) + "…"


def show_badges(console: Console, badges: list[Badge]) -> None:
    """Show a table of the printed badges, at most `SHOWN_BADGES`, in 80 columns."""
    printed = [badge for badge in badges if badge.printed]
    table = Table("Badge", "Type", "Name")
    for badge in printed[:SHOWN_BADGES]:
        type_, name = _fit(badge.type, TYPE_CELLS), _fit(badge.name, TABLE_NAME_CELLS)
        table.add_row(badge.badge_id[:8], Text(type_), Text(name))
    if printed:
        console.print(table)
    if len(printed) > SHOWN_BADGES:
        console.print(f"… and {len(printed) - SHOWN_BADGES} more")


def show_failures(console: Console, badges: list[Badge]) -> None:
    """Show a line for each badge that is not printed, at most `SHOWN_FAILURES`, with the reason."""
    failed = [badge for badge in badges if not badge.printed]
    for badge in failed[:SHOWN_FAILURES]:
        line = f"not printed: {badge.name}: {badge.reason}"
        console.print(Text(one_line(line, SHOWN_LENGTH)), soft_wrap=True)
    if len(failed) > SHOWN_FAILURES:
        console.print(f"… and {len(failed) - SHOWN_FAILURES} more")
