"""`bin/badge-forge demo`."""

import time
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from badge_forge.cli.db import migrate_and_report
from badge_forge.cli.demo_view import progress_shown, show_badges, show_failures
from badge_forge.cli.hangup import end_with_terminal
from badge_forge.cli.say import say
from badge_forge.database.lease import leased
from badge_forge.database.url import redact
from badge_forge.demo.contact_sheet import contact_sheet_writer
from badge_forge.demo.processes import stopped_by_signals
from badge_forge.demo.run import require_printed, run_demo
from badge_forge.errors import UsageError
from badge_forge.settings import IN_CHECKOUT, VAR, Settings
from badge_forge.text.text import counted

CONTACT_SHEETS = VAR / "contact-sheets"
CONTACT_SHEET_BADGES = 500
"""Badges of the largest contact sheet that is written without being asked for. It takes some seconds."""

ROWS_PER_S = 20
LOG_ROWS_PER_S = 2
"""Rendered badges that are shown per second, on a terminal and otherwise, after the first 20."""

LOOK_NEXT = """\
Look next at one person's badge:   bin/badge-forge why NAME
  at the queues, in this terminal: make watch
  at the badges, in a browser:     make wall
  at both Obans, in Oban Web:      make dash"""


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
    end_with_terminal()
    settings = Settings.load()
    console = Console(highlight=False)
    started_at = time.monotonic()

    def show_line(line: str) -> None:
        console.print(Text(line), soft_wrap=True)

    with (
        stopped_by_signals(),
        contact_sheet_writer() as write_contact_sheet,
        leased(settings, say) as database,
    ):
        show_line(f"Database: {database.name}, {redact(database.url)}")
        migrate_and_report(database)
        rows_per_s = ROWS_PER_S if console.is_terminal else LOG_ROWS_PER_S
        with progress_shown(console, count) as show_progress:
            run = run_demo(count, database, show_line, show_progress, rows_per_s)
        show_badges(console, run.badges)
        show_failures(console, run.badges)
        require_printed(run.badges, count)
        elapsed_s = time.monotonic() - started_at
        show_line(f"{counted(count, 'badge')} forged and printed in {elapsed_s:.1f} s")
        show_line(f"Badges in {settings.badges_dir}")
        sheet = f"bin/badge-forge contact-sheet --batch {run.batch_id}"
        if count <= CONTACT_SHEET_BADGES:
            CONTACT_SHEETS.mkdir(parents=True, exist_ok=True, mode=0o700)
            sheet = f"{CONTACT_SHEETS}/{run.batch_id[:8]}.pdf"
            write_contact_sheet(database.url, settings.badges_dir, Path(sheet), run.batch_id)
        show_line(f"Contact sheet: {sheet}")
    show_line(LOOK_NEXT)
