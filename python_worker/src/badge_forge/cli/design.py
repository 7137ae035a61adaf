"""`bin/badge-forge design`."""

import re
import shutil

import click
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import track

from badge_forge.attendee import DEFAULT_DESIGN, DesignName
from badge_forge.cli.say import say
from badge_forge.designs.design import SETTINGS, SHIPPED, Design, find, names
from badge_forge.errors import DesignError, UsageError
from badge_forge.settings import Settings


@click.group()
def design() -> None:
    """Make and check designs of your own."""


@design.command("list")
def list_designs() -> None:
    """List all designs."""
    settings = Settings.load()
    for name in names(settings.designs_dir):
        design = Design.load(find(name, settings.designs_dir))
        page = design.settings.page
        size = f"{page.width_mm:g} x {page.height_mm:g} mm"
        click.echo(f"{name:<16} {size:<20} {design.settings.description}")


@design.command()
@click.argument("name")
@click.option(
    "--from", "original", default=DEFAULT_DESIGN, show_default=True, help="What to start from."
)
def new(name: str, original: str) -> None:
    """Make a design NAME, to be changed: a copy of another.

    \b
    Example:
      badge-forge design new my-event --from a6
    """
    settings = Settings.load()
    try:
        TypeAdapter(DesignName).validate_python(name)
    except ValidationError:
        raise UsageError(f"{name!r} is no name for a design: use a-z, 0-9 and single hyphens") from None
    folder = settings.designs_dir / name
    if folder.exists() or (SHIPPED / name).exists():
        raise DesignError(f"there is a design {name} already: choose another name")
    source = find(original, settings.designs_dir)
    shutil.copytree(source, folder)
    path = folder / SETTINGS
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'(?m)^name = ".*"$', f'name = "{name}"', text, count=1), encoding="utf-8")
    say(f"{folder}: change what you like, then look at it and try it on every test name:")
    say(f"  bin/badge-forge preview --design {name} --watch")
    say(f"  bin/badge-forge design check {name}")


@design.command()
@click.argument("name")
def check(name: str) -> None:
    """Render every test name in the design NAME, and report what does not look right.

    Errors (exit code 1): what fails, sticks out of its place or overlaps. Notes: what had to be
    shortened, and what the design's own fonts do not draw.
    """
    # Not before it is needed: WeasyPrint would slow down every other command.
    from badge_forge.checks.design import check
    from badge_forge.checks.names import names
    from badge_forge.rendering.renderer import Renderer

    settings = Settings.load()
    renderer = Renderer(
        Design.load(find(name, settings.designs_dir)), cmyk_profile=settings.cmyk_profile
    )
    console = Console(stderr=True)
    findings = []
    for _name, found in track(
        check(renderer), "checking", total=len(names()), console=console, disable=not console.is_terminal
    ):
        findings += found
    for finding in sorted(findings, key=lambda finding: finding.kind):
        click.echo(f"{finding.kind}: {finding.text}")
    errors = sum(finding.kind == "error" for finding in findings)
    click.echo(f"{name}: names tried: {len(names())}, errors: {errors}, notes: {len(findings) - errors}")
    if errors:
        raise DesignError(f"the design {name} is not right yet: errors: {errors}, see above")
