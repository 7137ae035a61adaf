"""`bin/badge-forge preview`."""

import uuid
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from click.core import ParameterSource
from slugify import slugify

from badge_forge.attendee import DEFAULT_DESIGN, QR_KINDS, Attendee
from badge_forge.cli import options
from badge_forge.cli.open import open_in_viewer
from badge_forge.cli.picture import show, write_picture
from badge_forge.cli.say import say
from badge_forge.designs.design import PdfVariant, find, names
from badge_forge.errors import BadgeForgeError, InputError, UsageError
from badge_forge.events.event import Event
from badge_forge.settings import COMMAND, VAR, Settings

if TYPE_CHECKING:
    from badge_forge.rendering.renderers import Renderers

PREVIEWS = VAR / "previews"

SAMPLE = {"name": "Ada Lovelace", "company": "Analytical Engines"}

PEOPLE = (
    SAMPLE | {"pronouns": "she/her"},
    {"name": "Nguyễn Thị Ánh Tuyết", "company": "Wavelength Tech", "title": "Queue Engineer"},
    {"name": "Łukasz Żółkiewski", "company": "Highland Data", "title": "Partner"},
    {"name": "فرشته احمدی‌نژاد", "company": "Oban Conf", "pronouns": "they/them"},
)
"""The attendees that `--all` renders, one for each type in turn, in three scripts."""


@click.command()
@click.option("--name", default=SAMPLE["name"], show_default=True)
@click.option("--badge-name", help="The text to print largest.  [default: the given name]")
@click.option("--company", default=SAMPLE["company"], show_default=True)
@click.option("--type", metavar="SLUG", help="The badge's type.  [default: the first one]")
@click.option("--title", help="The attendee's job title.")
@click.option("--pronouns")
@click.option("--email", help="Only in the QR code.")
@click.option("--url", help="Only in the QR code.")
@click.option("--event-name", help="The event's name, if it has no file.")
@click.option("--field", "texts", metavar="NAME=TEXT", multiple=True, help="Can be repeated.")
@click.option("--photo", help="The name of a file in the folder of the event.")
@options.event
@click.option("--qr", type=click.Choice(QR_KINDS), help="Content of the QR code. [default: id]")
@click.option("--design", help=f"[default: that of the event, or {DEFAULT_DESIGN}]")
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
    help="Write a PNG of each design and type, in colour and greyscale; with --event, of its design.",
)
def preview(
    design: str | None,
    event: Event | None,
    texts: tuple[str, ...],
    event_name: str | None,
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
      badge-forge preview --event my-conf --type press --field table=12 --photo ada.jpg
      badge-forge preview --design my-design --watch
    """
    # Imported here, because importing WeasyPrint is slow.
    from badge_forge.checks.design import findings
    from badge_forge.rendering.renderers import Renderers

    _require_used(click.get_current_context())
    settings = Settings.load()
    renderers = Renderers(
        settings.designs_dir, pdf_variant, settings.cmyk_profile, events_dir=settings.events_dir
    )
    if everything:
        _preview_all(renderers, settings, event, dpi)
        return
    design = design or (event.design if event else DEFAULT_DESIGN)
    fields |= {"design": design, "event": event_name, "fields": dict(map(_name_and_text, texts))}
    fields["type"] = fields["type"] or _types(renderers, design, event)[0]
    attendee = _attendee(fields, event)
    path = output or PREVIEWS / f"{slugify(attendee.name, max_length=60) or 'badge'}-{design}.png"

    def render() -> None:
        # Before `render`, since the style sheet's warnings come once.
        shown = renderers.event(attendee)  # its file may have changed
        found = list(findings(renderers.renderer(design), attendee, event=shown))
        write_picture(path, renderers.render(attendee).pdf, dpi, greyscale)
        for finding in found:
            say(f"{finding.kind}: {finding.text}")
        say(f"{path}: {path.stat().st_size:,} bytes")
        if path.suffix.lower() == ".png":
            show(path)

    render()
    if opened:
        open_in_viewer(path)
    if watch:
        watched = [find(design, settings.designs_dir)]
        if event:
            watched.append(settings.events_dir)
        _watch(watched, render)


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
    if "everything" in given and (without := given - {"everything", "dpi", "event"}):
        spelled = {parameter.name: parameter.opts[0] for parameter in context.command.params}
        names = ", ".join(sorted(spelled[name] for name in without))
        raise UsageError(f"--all renders every design and type: remove {names}")


def _name_and_text(pair: str) -> tuple[str, str]:
    name, equals, text = pair.partition("=")
    if not equals:
        raise UsageError(f"--field must be NAME=TEXT, as table=12, got: {pair}")
    return name, text


def _types(renderers: "Renderers", design: str, event: Event | None) -> list[str]:
    """Return the slugs of the event's types, or of the design's if the event has none."""
    of_event = event.types if event else None
    return list(of_event or renderers.renderer(design).design.settings.types)


def _attendee(fields: dict[str, Any], event: Event | None) -> Attendee:
    args = {field: value for field, value in fields.items() if value is not None}
    if event:
        args["event_slug"] = event.slug
    # The id, and so the QR code, depends on the name only.
    args["id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, args["name"]))
    try:
        return Attendee.from_args(args)
    except InputError as error:
        raise UsageError(str(error)) from None


def _preview_all(renderers: "Renderers", settings: Settings, event: Event | None, dpi: float) -> None:
    for design in [event.design] if event else names(settings.designs_dir):
        for kind, person in zip(_types(renderers, design, event), cycle(PEOPLE), strict=False):
            pdf = renderers.render(_attendee(person | {"type": kind, "design": design}, event)).pdf
            for suffix, greyscale in (("", False), ("-grey", True)):
                path = PREVIEWS / f"{event.slug if event else design}-{kind}{suffix}.png"
                write_picture(path, pdf, dpi, greyscale)
                say(str(path))


def _watch(folders: list[Path], render: Callable[[], None]) -> None:
    from watchfiles import watch

    watched = " and ".join(map(str, folders))
    say(f"Watching {watched}, press Ctrl-C to stop; `{COMMAND} design check` tries all test names")
    for _changes in watch(*folders, raise_interrupt=True):
        try:
            render()
        except BadgeForgeError as error:
            say(f"preview: {error}")
