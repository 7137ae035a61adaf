"""An `Attendee` in, PDF bytes out. Here, and nowhere else, a badge is rendered.

Knows nothing of queues, databases or processes.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from badge_forge.attendee import Attendee
from badge_forge.designs.design import SHIPPED, STYLE, Design, PdfVariant
from badge_forge.errors import DesignError
from badge_forge.rendering.cffi_types import register_array_types
from badge_forge.rendering.fetching import DesignFetcher, fetching
from badge_forge.rendering.fitting.fitting import Fitter
from badge_forge.rendering.fonts import check_families
from badge_forge.rendering.layout_reuse.layout_cache import LayoutCache
from badge_forge.rendering.pdf.gradients import located
from badge_forge.rendering.pdf.output import PdfOutput
from badge_forge.rendering.result import Fit, Fitted, RenderedBadge
from badge_forge.rendering.stylesheet import stylesheet
from badge_forge.rendering.template import BadgeTemplate, Filled
from badge_forge.rendering.typesetting import make_room, set_in_html
from badge_forge.rendering.weasyprint_internals import (
    CSS,
    HTML,
    Document,
    FontConfiguration,
)
from badge_forge.rendering.weasyprint_log import log_messages, require_glyphs
from badge_forge.text.text import needs_actual_text


@dataclass(frozen=True)
class LaidOut:
    """A badge that is laid out and not written yet: WeasyPrint's document, and the texts in it.

    It is good until its renderer lays out the next one, which may use the document again.
    """

    document: Document
    fits: tuple[Fit, ...]
    needs_actual_text: bool


class Renderer:
    """Renders badges in one design. What a design needs once is read once and kept.

    `variant` overrides the design's PDF variant. Raises `RenderingError` if the design asks for fonts
    that are not there, or for CMYK without a profile.
    """

    def __init__(
        self,
        design: Design,
        variant: PdfVariant | None = None,
        cmyk_profile: Path | None = None,
        reuse_layouts: bool = True,
    ) -> None:
        register_array_types()
        self.design = design
        self._output = PdfOutput(design, variant, cmyk_profile)
        self._fetcher = DesignFetcher(design)
        # One for all badges: WeasyPrint never gives a font configuration's memory back.
        self._fonts = FontConfiguration()
        self._template = BadgeTemplate(design, Fitter(self._fonts), self._fetcher, self._output.variant)
        # The shipped designs are compared with plain WeasyPrint by tests.
        trusted = design.folder.parent == SHIPPED
        self._layout_cache = LayoutCache(trusted) if reuse_layouts else None

    def render(self, attendee: Attendee) -> RenderedBadge:
        """Return the attendee's badge: a PDF with the design's number of pages.

        Raises `InputError` if the QR code should carry more than it can, and `RenderingError` if the
        design is broken, or asks for a file that is not its own, or if no font draws a character: a
        badge with a box in a name is never released.
        """
        with log_messages(logging.ERROR) as errors:
            rendered = self.write(self.lay_out(attendee), attendee)
        # A picture that can't be drawn, for one: WeasyPrint leaves it out and goes on.
        for error in errors:
            if not self._output.tolerates(error):
                raise DesignError(f"the design {self.design.name}: {error}")
        return rendered

    def lay_out(self, attendee: Attendee) -> LaidOut:
        """Return the attendee's badge, laid out. Raises what `render` raises."""
        with self._explaining():
            self._stylesheets  # noqa: B018 - first: the template is measured with their fonts
            filled = self._template.fill(attendee)
            document = self._page(filled)
        wanted = self.design.settings.page.pages
        if len(document.pages) != wanted:
            raise DesignError(
                f"the design {self.design.name} makes {len(document.pages)} pages of a badge, "
                f"its design.toml says {wanted}"
            )
        texts = "".join(line for fit in filled.fits for line in fit.fitted.lines)
        return LaidOut(document, filled.fits, needs_actual_text(filled.html + texts))

    def _page(self, filled: Filled) -> Document:
        """Return the laid-out page of `filled`: a cached layout if there is one, or else a new one."""
        if cache := self._layout_cache:
            cached = cache.get(filled)
            if cached is None and cache.wants(filled):
                cached = cache.add(filled, self._lay_out(filled, make_room))
            if cached and (
                cached.verified or cache.verify(cached, filled, self._lay_out(filled, set_in_html))
            ):
                return cached.document
        return self._lay_out(filled, set_in_html)

    def _lay_out(self, filled: Filled, put: Callable[[Any, Sequence[Fitted]], None]) -> Document:
        """Let WeasyPrint lay out a page. `put` puts its texts into the HTML, or only room for them."""
        page = HTML(string=filled.html, base_url=self._base_url, url_fetcher=self._fetcher)
        put(page.etree_element, [fit.fitted for fit in filled.fits])
        return page.render(
            stylesheets=self._stylesheets,
            font_config=self._fonts,
            color_profiles=dict(self._output.color_profiles),
            cache=filled.images,
        )

    def write(self, laid_out: LaidOut, attendee: Attendee) -> RenderedBadge:
        """Return the attendee's badge, which was laid out. Raises `RenderingError`; see `render`."""
        with require_glyphs(), self._explaining():  # attachments are fetched here
            pdf, families = self._output.write(laid_out.document, attendee, laid_out.needs_actual_text)
        return RenderedBadge(
            pdf,
            shortened=tuple(fit for fit in laid_out.fits if fit.shortened),
            fallbacks=tuple(sorted(families - set(self.design.settings.fonts.families))),
        )

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """Raise `DesignError` for what the design may not fetch, and cannot have in this variant."""
        for_press = self._output.variant == "pdf/x-4"
        with fetching(), located(self.design, self._fetcher.used, for_press=for_press):
            yield

    @property
    def _base_url(self) -> str:
        return self.design.folder.as_uri() + "/"

    @cached_property
    def _stylesheets(self) -> list[Any]:
        loaded = [
            CSS(
                string=stylesheet(self.design, self._output.variant),
                base_url=self._base_url,
                font_config=self._fonts,
                url_fetcher=self._fetcher,
            ),
            CSS(url=self._base_url + STYLE, font_config=self._fonts, url_fetcher=self._fetcher),
        ]
        check_families(self.design, self._fonts)
        return loaded
