"""`bin/badge-forge demo`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar
from rich.table import Column, Table
from rich.text import Text

from badge_forge.cli.db import migrate_and_report
from badge_forge.cli.say import say
from badge_forge.database.lease import leased
from badge_forge.database.url import redact
from badge_forge.demo.batch import Badge, Progress
from badge_forge.demo.processes import stopped_by_signals
from badge_forge.demo.run import OnProgress, require_printed, run_demo
from badge_forge.errors import UsageError
from badge_forge.settings import IN_CHECKOUT, Settings
from badge_forge.text.text import counted

SHOWN_BADGES = 20
SHOWN_FAILURES = 50
LOG_LINE_INTERVAL_S = 1.0


@click.command()
@click.argument("count", type=click.IntRange(min=1), envvar="BADGES", default=10)
def demo(count: int) -> None:
    """Make COUNT badges with both applications.

    Starts both. Elixir enqueues the badges, Python renders them, Elixir prints them.

    \b
    Examples:
      badge-forge demo
      badge-forge demo 500
    """
    if not IN_CHECKOUT:
        raise UsageError(
            "the demo needs the Elixir app, which is not in the installed package: "
            "run `make demo` in a checkout"
        )
    settings = Settings.load()
    console = Console(highlight=False)
    started_at = time.monotonic()

    def show_line(line: str) -> None:
        console.print(Text(line), soft_wrap=True)

    with (
        stopped_by_signals(),
        leased(settings, say) as database,
    ):
        show_line(f"Database: {database.name}, {redact(database.url)}")
        migrate_and_report(database)
        with _progress_shown(console, count) as show_progress:
            badges = run_demo(count, database, show_line, show_progress)
    _show_badges(console, badges)
    _show_failures(console, badges)
    require_printed(badges, count)
    show_line(f"Badges in {settings.badges_dir}")
    elapsed_s = time.monotonic() - started_at
    show_line(f"{counted(count, 'badge')} forged and printed in {elapsed_s:.1f} s")


@contextmanager
def _progress_shown(console: Console, count: int) -> Iterator[OnProgress]:
    """Yield a callback that shows progress: two bars on a terminal, plain lines otherwise."""
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

        def show(progress: Progress) -> None:
            bars.update(rendered, completed=progress.rendered)
            bars.update(printed, completed=progress.printed)

        yield show


class _Lines:
    """Progress as plain lines: at most one per second, and always the last one."""

    def __init__(self, console: Console, count: int) -> None:
        self._console = console
        self._count = count
        self._shown_at = float("-inf")

    def __call__(self, progress: Progress) -> None:
        finished = progress.printed + progress.failed >= self._count
        if finished or time.monotonic() - self._shown_at >= LOG_LINE_INTERVAL_S:
            self._shown_at = time.monotonic()
            self._console.print(
                f"rendered {progress.rendered}/{self._count}, printed {progress.printed}/{self._count}"
            )


def _show_badges(console: Console, badges: list[Badge]) -> None:
    printed = [badge for badge in badges if badge.printed and badge.path]
    table = Table("Name", "Type", Column("File", overflow="fold"))
    for badge in printed[:SHOWN_BADGES]:
        table.add_row(Text(badge.name), badge.type, Text(Path(badge.path or "").name))
    if printed:
        console.print(table)
    if len(printed) > SHOWN_BADGES:
        console.print(f"… and {len(printed) - SHOWN_BADGES} more")


def _show_failures(console: Console, badges: list[Badge]) -> None:
    failed = [badge for badge in badges if not badge.printed]
    for badge in failed[:SHOWN_FAILURES]:
        console.print(Text(f"not printed: {badge.name}: {badge.reason}"), soft_wrap=True)
    if len(failed) > SHOWN_FAILURES:
        console.print(f"… and {len(failed) - SHOWN_FAILURES} more")
