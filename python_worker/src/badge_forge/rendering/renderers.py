"""Keep a renderer for each design."""

from pathlib import Path
from typing import TYPE_CHECKING

from badge_forge.attendee import Attendee
from badge_forge.designs.design import Design, PdfVariant, find, stamp_of
from badge_forge.errors import InputError, UnknownDesignError
from badge_forge.events.event import Event
from badge_forge.events.known_events import KnownEvents
from badge_forge.rendering.result import RenderedBadge

if TYPE_CHECKING:
    from badge_forge.rendering.renderer import Renderer


class Renderers:
    """Renders badges of all designs: those in `designs_dir`, and the shipped ones.

    `events_dir` has the files of the events that badges name.

    A design's renderer is created for its first badge, and again after the design's files change. A
    fixed design takes effect without a restart.
    """

    def __init__(
        self,
        designs_dir: Path,
        variant: PdfVariant | None = None,
        cmyk_profile: Path | None = None,
        events_dir: Path = Path("events"),
    ) -> None:
        self._designs_dir = designs_dir
        self._events = KnownEvents(events_dir)
        self._variant = variant
        self._cmyk_profile = cmyk_profile
        self._renderers: dict[str, tuple[object, Renderer]] = {}

    def render(self, attendee: Attendee) -> RenderedBadge:
        """Return the attendee's badge, in the attendee's design.

        Raises `InputError` if the event or the design does not exist, `EventError` if the event is
        broken, and the errors of `Renderer.render`.
        """
        event = self.event(attendee)
        return self.renderer(design_of(attendee, event)).render(attendee, event)

    def event(self, attendee: Attendee) -> Event | None:
        """Return the event that the attendee's job names, or None. Raises as `render` does."""
        return self._events.get(attendee.event_slug) if attendee.event_slug else None

    def renderer(self, design: str) -> "Renderer":
        """Return the renderer of `design`. Raises `InputError` if the design does not exist."""
        try:
            folder = find(design, self._designs_dir)
        except UnknownDesignError as error:
            raise InputError("design", f"design: {error}") from None
        stamp = stamp_of(folder)
        cached = self._renderers.get(folder.name)
        if cached is None or cached[0] != stamp:
            # Import it here: the worker process creates `Renderers`, but must not load WeasyPrint.
            from badge_forge.rendering.renderer import Renderer

            renderer = Renderer(Design.load(folder), self._variant, self._cmyk_profile)
            self._renderers[folder.name] = cached = (stamp, renderer)
        return cached[1]


def design_of(attendee: Attendee, event: Event | None) -> str:
    """Return the design of a badge: the one that its job names, or the event's."""
    if event is None or "design" in attendee.model_fields_set:
        return attendee.design
    return event.design
