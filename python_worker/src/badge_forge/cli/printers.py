"""`bin/badge-forge printers`: what the printers of the print center say."""

import sys

import click

from badge_forge.checks.printers import findings
from badge_forge.cli import options
from badge_forge.cli.connection import connected_as
from badge_forge.cli.say import say, tell
from badge_forge.database.roles import Role
from badge_forge.designs.design import Design, find
from badge_forge.errors import UsageError
from badge_forge.events.event import Event
from badge_forge.jobs.printers import Printers, PrinterState, ask_printers
from badge_forge.settings import Settings
from badge_forge.text.text import counted

TIMEOUT_S = 30.0

timeout = click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=1, max=600),
    default=TIMEOUT_S,
    show_default=True,
    help="Seconds to wait for a print center.",
)


@click.group(invoke_without_command=True)
@timeout
@click.pass_context
def printers(context: click.Context, timeout_s: float) -> None:
    """Show the printers of the print center; compare them with an event.

    \b
    Examples:
      badge-forge printers
      badge-forge printers check --event my-conf
    """
    if context.invoked_subcommand:
        return
    found = _ask(timeout_s)
    for printer in found.printers:
        desks = [desk for desk, names in found.desks.items() if printer.name in names]
        tell(_line(printer, desks))
    if found.instead:
        say(f"the print center prints to {found.instead}: set PRINTERS and restart it")


@printers.command()
@options.event
@click.option("--design", "designs", multiple=True, help="Also this design. Can be repeated.")
@timeout
def check(event: Event | None, designs: tuple[str, ...], timeout_s: float) -> None:
    """Compare the printers with an event: paper, both sides, resolution. Exit code 1 if one is wrong.

    \b
    Example:
      badge-forge printers check --event my-conf
    """
    if event is None:
        raise UsageError("name the event with --event")
    if not event.printers:
        raise UsageError(f"the event {event.slug} has no printers: add [printers.NAME] to its file")
    settings = Settings.load()
    names = dict.fromkeys((event.design, *designs))
    wanted = [Design.load(find(name, settings.designs_dir)) for name in names]
    problems = list(findings(event, wanted, _ask(timeout_s)))
    for problem in problems:
        tell(problem)
    if problems:
        sys.exit(1)
    say(f"{', '.join(event.printers)}: ready for {', '.join(design.name for design in wanted)}")


def _ask(timeout_s: float) -> Printers:
    with connected_as(Role.WORKER, Settings.load(), autocommit=True) as connection:
        return ask_printers(connection, timeout_s)


def _line(printer: PrinterState, desks: list[str]) -> str:
    paper = printer.media or "its own paper"
    parts = [
        printer.blocked or printer.state or "unknown",
        counted(printer.queued, "job") if printer.queued else "",
        paper,
        printer.model or "",
        f"desks {', '.join(desks)}" if desks else "",
    ]
    return f"{printer.name:<16} {', '.join(part for part in parts if part)}"
