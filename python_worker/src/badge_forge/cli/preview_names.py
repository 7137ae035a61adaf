"""Show the badges of the people of a list whose names are most likely to be wrong."""

from slugify import slugify

from badge_forge.attendee import Attendee
from badge_forge.cli.picture import show, write_picture
from badge_forge.cli.preview import PREVIEWS
from badge_forge.cli.say import say
from badge_forge.errors import BadgeForgeError
from badge_forge.events.event import Event
from badge_forge.lists.identity import badge_id
from badge_forge.lists.reading import ReadList, constant_args
from badge_forge.settings import Settings

DPI = 150


def preview_hardest(found: ReadList, event: Event, settings: Settings) -> None:
    """Write a picture of each badge, show it on a terminal, and tell what can't be rendered."""
    if not found.hardest:
        return
    from badge_forge.rendering.renderers import Renderers  # slow to import

    renderers = Renderers(
        settings.designs_dir, cmyk_profile=settings.cmyk_profile, events_dir=settings.events_dir
    )
    for person in found.hardest:
        own = {"id": badge_id(event.slug, person.name), "type": person.type}
        path = PREVIEWS / f"{slugify(person.name, max_length=60) or 'badge'}-{event.slug}.png"
        try:
            attendee = Attendee.from_args(person.args | constant_args(event) | own)
            write_picture(path, renderers.render(attendee).pdf, DPI, greyscale=False)
        except BadgeForgeError as error:
            say(f"no preview of {person.name}: {error}")
            continue
        say(f"preview: {path}")
        show(path)
