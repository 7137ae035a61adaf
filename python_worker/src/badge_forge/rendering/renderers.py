"""A renderer for each design."""

from pathlib import Path
from typing import TYPE_CHECKING

from badge_forge.attendee import Attendee
from badge_forge.designs.design import Design, PdfVariant, find, stamp_of
from badge_forge.errors import InputError, UnknownDesignError
from badge_forge.rendering.result import RenderedBadge

if TYPE_CHECKING:
    from badge_forge.rendering.renderer import Renderer


class Renderers:
    """Renders badges in all designs: those in `designs_dir`, and the shipped ones.

    A design's renderer is made when the first badge asks for it, and anew when its files have changed:
    a mended design is used without a restart.
    """

    def __init__(
        self,
        designs_dir: Path,
        variant: PdfVariant | None = None,
        cmyk_profile: Path | None = None,
    ) -> None:
        self._designs_dir = designs_dir
        self._variant = variant
        self._cmyk_profile = cmyk_profile
        self._renderers: dict[str, tuple[object, Renderer]] = {}

    def render(self, attendee: Attendee) -> RenderedBadge:
        """Return the attendee's badge in the design that it asks for.

        Raises `InputError` if there is no such design, and what `Renderer.render` raises.
        """
        try:
            folder = find(attendee.design, self._designs_dir)
        except UnknownDesignError as error:
            raise InputError("design", f"design: {error}") from None
        return self._renderer(folder).render(attendee)

    def _renderer(self, folder: Path) -> "Renderer":
        stamp = stamp_of(folder)
        kept = self._renderers.get(folder.name)
        if kept is None or kept[0] != stamp:
            # Not before: the worker makes this object for its renderers, and needs no WeasyPrint itself.
            from badge_forge.rendering.renderer import Renderer

            renderer = Renderer(Design.load(folder), self._variant, self._cmyk_profile)
            self._renderers[folder.name] = kept = (stamp, renderer)
        return kept[1]
