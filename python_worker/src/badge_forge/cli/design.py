"""`bin/badge-forge design`."""

import re
import shutil

import click
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import track

from badge_forge.attendee import DEFAULT_DESIGN, DesignName
from badge_forge.cli import options
from badge_forge.cli.say import say, tell
from badge_forge.designs.design import SETTINGS, SHIPPED, Design, find, names
from badge_forge.errors import DesignError, UnknownDesignError, UsageError
from badge_forge.events.event import Event
from badge_forge.settings import COMMAND, Settings
from badge_forge.text.text import counted


@click.group()
def design() -> None:
    """Create, list and check badge designs."""


@design.command("list")
def list_designs() -> None:
    """List all designs."""
    settings = Settings.load()
    for name in names(settings.designs_dir):
        design = Design.load(find(name, settings.designs_dir))
        page = design.settings.page
        size = f"{page.width_mm:g} x {page.height_mm:g} mm"
        tell(f"{name:<16} {size:<20} {design.settings.description}")


@design.command()
@click.argument("name")
@click.option(
    "--from", "original", default=DEFAULT_DESIGN, show_default=True, help="The design to copy."
)
def new(name: str, original: str) -> None:
    """Create the design NAME as a copy of another design.

    \b
    Example:
      badge-forge design new my-event --from a6
    """
    settings = Settings.load()
    try:
        TypeAdapter(DesignName).validate_python(name)
    except ValidationError:
        raise UsageError(
            f"a design's name must consist of a-z, 0-9 and single hyphens, got: {name!r}"
        ) from None
    folder = settings.designs_dir / name
    if folder.exists() or (SHIPPED / name).exists():
        raise DesignError(f"the design {name} already exists: choose another name")
    try:
        source = find(original, settings.designs_dir)
    except UnknownDesignError:
        known = ", ".join(names(settings.designs_dir))
        raise UnknownDesignError(
            f"there is no design {original} to copy: choose one of {known}"
        ) from None
    shutil.copytree(source, folder)
    path = folder / SETTINGS
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'(?m)^name = ".*"$', f'name = "{name}"', text, count=1), encoding="utf-8")
    say(f"{folder}: created. Edit it, and watch the result with")
    say(f"  {COMMAND} preview --design {name} --watch")
    say("Then check it with all test names:")
    say(f"  {COMMAND} design check {name}")


@design.command()
@click.argument("name")
@options.event
@click.option("--all", "everything", is_flag=True, help="List each finding with each test name.")
def check(name: str, event: Event | None, everything: bool) -> None:
    """Render all test names in the design NAME, and report problems.

    With --event, the badges have its types, place, dates, fields and, if its folder has one, a photo.

    Errors (exit code 1) are badges that can't be rendered, and text that overflows or overlaps. Notes
    are texts that were shortened, and characters that the design's own fonts lack. Similar findings are
    one line.
    """
    # Imported here, because importing WeasyPrint is slow.
    from badge_forge.checks.design import check
    from badge_forge.checks.grouped import grouped
    from badge_forge.checks.names import names
    from badge_forge.rendering.renderer import Renderer

    settings = Settings.load()
    renderer = Renderer(
        Design.load(find(name, settings.designs_dir)), cmyk_profile=settings.cmyk_profile
    )
    console = Console(stderr=True)
    findings = []
    for _name, found in track(
        check(renderer, event),
        "checking",
        total=len(names()),
        console=console,
        disable=not console.is_terminal,
    ):
        findings += found
    each = (f"{found.kind}: {found.text}" for found in sorted(findings, key=lambda found: found.kind))
    for line in each if everything else grouped(findings):
        tell(line)
    errors = sum(finding.kind == "error" for finding in findings)
    notes = len(findings) - errors
    tell(
        f"{name}: {counted(len(names()), 'name')} checked, "
        f"{counted(errors, 'error')}, {counted(notes, 'note')}"
    )
    if errors:
        raise DesignError(f"the design {name} has {counted(errors, 'error')}: fix what is listed above")
