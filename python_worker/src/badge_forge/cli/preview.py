"""`bin/badge-forge preview`."""

import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click
from click.core import ParameterSource
from slugify import slugify

from badge_forge.attendee import ATTENDEE_TYPES, DEFAULT_DESIGN, QR_KINDS, Attendee
from badge_forge.cli.open import open_in_viewer
from badge_forge.cli.say import say
from badge_forge.designs.design import PdfVariant, find, names
from badge_forge.errors import BadgeForgeError, InputError, StorageError, UsageError
from badge_forge.settings import COMMAND, VAR, Settings

SHOWN_LINES = 30
"""Most lines of an image in the terminal."""

PREVIEWS = VAR / "previews"

SAMPLE = {"name": "Ada Lovelace", "company": "Analytical Engines", "type": "attendee"}

PEOPLE = {
    "attendee": {"name": "Ada Lovelace", "company": "Analytical Engines", "pronouns": "she/her"},
    "speaker": {"name": "Nguyễn Thị Ánh Tuyết", "company": "Wavelength Tech", "title": "Queue Engineer"},
    "sponsor": {"name": "Łukasz Żółkiewski", "company": "Highland Data", "title": "Partner"},
    "organizer": {"name": "فرشته احمدی‌نژاد", "company": "Oban Conf", "pronouns": "they/them"},
}
"""The attendees that `--all` renders: one per type, in three scripts."""


@click.command()
@click.option("--name", default=SAMPLE["name"], show_default=True)
@click.option("--badge-name", help="The text to print largest.  [default: the given name]")
@click.option("--company", default=SAMPLE["company"], show_default=True)
@click.option("--type", type=click.Choice(ATTENDEE_TYPES), default="attendee", show_default=True)
@click.option("--title", help="The attendee's job title.")
@click.option("--pronouns")
@click.option("--email", help="Only in the QR code.")
@click.option("--url", help="Only in the QR code.")
@click.option("--event", help="The event's name.  [default: that of the design]")
@click.option("--qr", type=click.Choice(QR_KINDS), help="Content of the QR code. [default: id]")
@click.option("--design", default=DEFAULT_DESIGN, show_default=True)
@click.option("--pdf-variant", type=click.Choice(get_args(PdfVariant)[1:]), help="Standard of a PDF.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A .pdf or .png.")
@click.option("--dpi", type=click.FloatRange(20, 1200), default=150, show_default=True, help="Of a PNG.")
@click.option("--greyscale", is_flag=True, help="Convert a PNG to greyscale, as a photocopier does.")
@click.option("--open", "opened", is_flag=True, help="Open the file in a viewer.")
@click.option("--watch", is_flag=True, help="Render again whenever the design changes.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Write a PNG of each design and type, in colour and greyscale.",
)
def preview(
    design: str,
    pdf_variant: PdfVariant | None,
    output: Path | None,
    dpi: float,
    greyscale: bool,
    opened: bool,
    watch: bool,
    everything: bool,
    **fields: Any,
) -> None:
    """Render one badge, without a database, and show it.

    \b
    Examples:
      badge-forge preview --name "Ada Lovelace" --type speaker
      badge-forge preview --design a6 --pdf-variant pdf/x-4 -o ada.pdf
      badge-forge preview --design my-event --watch
    """
    # Imported here, because importing WeasyPrint is slow.
    from badge_forge.checks.design import findings
    from badge_forge.rendering.renderers import Renderers

    _require_used(click.get_current_context())
    settings = Settings.load()
    renderers = Renderers(settings.designs_dir, pdf_variant, settings.cmyk_profile)
    if everything:
        _preview_all(renderers.render, settings, dpi)
        return
    attendee = _attendee(fields | {"design": design})
    path = output or PREVIEWS / f"{slugify(attendee.name, max_length=60) or 'badge'}-{design}.png"

    def render() -> None:
        # Before `render`, since the style sheet's warnings come once.
        found = list(findings(renderers.renderer(design), attendee))
        _write(path, renderers.render(attendee).pdf, dpi, greyscale)
        for finding in found:
            say(f"{finding.kind}: {finding.text}")
        say(f"{path}: {path.stat().st_size:,} bytes")
        if path.suffix.lower() == ".png":
            _show(path)

    render()
    if opened:
        open_in_viewer(path)
    if watch:
        _watch(find(design, settings.designs_dir), render)


def _require_used(context: click.Context) -> None:
    """Raise `UsageError` for an output of another kind, and for options that would have no effect."""
    given = {
        name
        for name in context.params
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    output = context.params["output"]
    if output and output.suffix.lower() not in (".pdf", ".png"):
        raise UsageError(f"the output must end with .pdf or .png, got: {output}")
    if output is None or output.suffix.lower() == ".png":
        if "pdf_variant" in given:
            raise UsageError("--pdf-variant is for a PDF, and the preview is a PNG: add -o NAME.pdf")
    elif without := given & {"dpi", "greyscale"}:
        raise UsageError(f"--{without.pop()} is for a PNG, and {output} is a PDF: choose one of them")
    if "everything" in given and (without := given - {"everything", "dpi"}):
        options = {parameter.name: parameter.opts[-1] for parameter in context.command.params}
        names = ", ".join(sorted(options[name] for name in without))
        raise UsageError(f"--all renders every design and type: remove {names}")


def _attendee(fields: dict[str, Any]) -> Attendee:
    args = {field: value for field, value in fields.items() if value is not None}
    # The id, and so the QR code, depends on the name only.
    args["id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, args["name"]))
    try:
        return Attendee.from_args(args)
    except InputError as error:
        raise UsageError(str(error)) from None


def _preview_all(render: Callable[[Attendee], Any], settings: Settings, dpi: float) -> None:
    for design in names(settings.designs_dir):
        for kind, person in PEOPLE.items():
            pdf = render(_attendee(person | {"type": kind, "design": design})).pdf
            for suffix, greyscale in (("", False), ("-grey", True)):
                path = PREVIEWS / f"{design}-{kind}{suffix}.png"
                _write(path, pdf, dpi, greyscale)
                say(str(path))


def _write(path: Path, pdf: bytes, dpi: float, greyscale: bool) -> None:
    from badge_forge.cli.rasterize import rasterize

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Write to a temporary name first, so that a viewer never reads an incomplete file.
        unfinished = path.with_name(f".{path.name}")
        if path.suffix.lower() == ".pdf":
            unfinished.write_bytes(pdf)
        else:
            image = rasterize(pdf, dpi)
            (image.convert("L") if greyscale else image).save(unfinished, "png", dpi=(dpi, dpi))
        unfinished.replace(path)
    except OSError as error:
        raise StorageError(f"can't write {path}: {error.strerror or error}") from error


def _show(path: Path) -> None:
    """Show an image in the terminal: sharp if it draws pixels, otherwise in half blocks."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return
    if os.get_terminal_size(sys.stdout.fileno()).columns == 0:  # unknown, as in some containers
        return
    from rich.console import Console
    from textual_image.renderable import Image  # asks the terminal what it can draw

    console = Console()
    console.print(Image(path, width="auto", height=min(SHOWN_LINES, console.height - 2)))


def _watch(folder: Path, render: Callable[[], None]) -> None:
    from watchfiles import watch

    say(f"Watching {folder}, press Ctrl-C to stop; `{COMMAND} design check` tries all test names")
    for _changes in watch(folder, raise_interrupt=True):
        try:
            render()
        except BadgeForgeError as error:
            say(f"preview: {error}")
