"""Render a badge: an `Attendee` in, PDF bytes out.

This module does not depend on queues, databases or processes.
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
from badge_forge.events.event import Event
from badge_forge.rendering.cffi_types import register_array_types
from badge_forge.rendering.drawn_texts import require_room
from badge_forge.rendering.fetching import DesignFetcher, convert_fetch_errors
from badge_forge.rendering.fonts import check_families
from badge_forge.rendering.layout_reuse.layout_cache import LayoutCache
from badge_forge.rendering.pdf.gradients import explain_gradient_errors, keep_inks
from badge_forge.rendering.pdf.output import PdfOutput
from badge_forge.rendering.pictures.loading import PageImages, Pictures, load_inline_svgs
from badge_forge.rendering.result import Fit, Fitted, RenderedBadge
from badge_forge.rendering.stylesheet import stylesheet
from badge_forge.rendering.template import BadgeTemplate, Filled
from badge_forge.rendering.text_styles import TextStyles
from badge_forge.rendering.typesetting import make_room, set_in_html
from badge_forge.rendering.weasyprint_internals import (
    CSS,
    HTML,
    Document,
    FontConfiguration,
    get_all_computed_styles,
)
from badge_forge.rendering.weasyprint_log import log_messages, require_glyphs
from badge_forge.text.text import counted, needs_actual_text


@dataclass(frozen=True)
class LaidOut:
    """A badge that is laid out, but not written yet: WeasyPrint's document, and the fitted texts.

    It is valid until its renderer lays out the next badge, which may reuse the document.
    """

    document: Document
    fits: tuple[Fit, ...]
    needs_actual_text: bool


class Renderer:
    """Renders badges of one design. It loads fonts, stylesheets and template once.

    `variant` overrides the design's PDF variant. `cmyk_profile` is the ICC profile for PDF/X-4; the
    default is Ghostscript's. Raises `RenderingError` if PDF/X-4 needs a profile that can't be read.
    """

    def __init__(
        self,
        design: Design,
        variant: PdfVariant | None = None,
        cmyk_profile: Path | None = None,
        reuse_layouts: bool = True,
    ) -> None:
        register_array_types()
        keep_inks()
        load_inline_svgs()
        self.design = design
        self._output = PdfOutput(design, variant, cmyk_profile)
        self._fetcher = DesignFetcher(design)
        # Share one between all badges: WeasyPrint never frees a font configuration.
        self._fonts = FontConfiguration()
        styles = TextStyles(design.settings.page, self._styles_of)
        self._pictures = Pictures(self._fetcher, self._output.cmyk)
        self._template = BadgeTemplate(design, styles, self._pictures, self._output.variant)
        # Tests verify the shipped designs against plain WeasyPrint, so the cache need not.
        trusted = design.folder.parent == SHIPPED
        self._layout_cache = LayoutCache(trusted, self._output.drawable) if reuse_layouts else None

    def render(self, attendee: Attendee, event: Event | None = None) -> RenderedBadge:
        """Return the attendee's badge. `event` is the one that the job names.

        Raises `InputError` if the content of the QR code is too long, or neither the event nor the
        design knows the type. Raises `EventError` if the event's folder lacks the photo. Raises
        `DesignError` if the design is invalid, fetches a file that is not its own, or needs a font that
        is not installed. Raises `RenderingError` if no font draws a character: the badge would show a
        box instead.
        """
        with log_messages(logging.ERROR) as errors:
            rendered = self.write(self.lay_out(attendee, event), attendee)
        # For example, WeasyPrint logs an image that can't be drawn, and continues without it.
        for error in errors:
            if not self._output.tolerates(error):
                raise DesignError(f"the design {self.design.name}: {error}")
        return rendered

    def fill(self, attendee: Attendee, event: Event | None = None) -> Filled:
        """Return the attendee's page as HTML, with its fitted texts. Raises the errors of `render`."""
        return self._template.fill(attendee, event)

    def lay_out(self, attendee: Attendee, event: Event | None = None) -> LaidOut:
        """Lay out the attendee's badge. Raises the errors of `render`."""
        with self._convert_errors():
            filled = self.fill(attendee, event)
            document = self._page(filled)
        pages = self.design.settings.page.pages
        if len(document.pages) != pages:
            raise DesignError(
                f"the design {self.design.name} makes {counted(len(document.pages), 'page')} per badge, "
                f"but page.pages in its design.toml is {pages}; fix one of them"
            )
        texts = "".join(line for fit in filled.fits for line in fit.fitted.lines)
        return LaidOut(document, filled.fits, needs_actual_text(filled.html + texts))

    def _page(self, filled: Filled) -> Document:
        """Return the laid-out page of `filled`, from the layout cache if possible."""
        if cache := self._layout_cache:
            cached = cache.get(filled)
            if cached is None and cache.wants(filled):
                cached = cache.add(filled, self._lay_out(filled, make_room))
            if cached and (cached.verified or cache.verify(cached, filled, self._plain(filled))):
                return cached.document
        return self._plain(filled)

    def _plain(self, filled: Filled) -> Document:
        """Lay out the page of `filled` without the cache."""
        document = self._lay_out(filled, set_in_html)
        require_room(document, filled.fits)
        return document

    def _lay_out(self, filled: Filled, insert: Callable[[Any, Sequence[Fitted]], None]) -> Document:
        """Lay out a page with WeasyPrint. `insert` is `make_room` or `set_in_html`."""
        page = self._parse(filled.html)
        insert(page.etree_element, [fit.fitted for fit in filled.fits])
        return page.render(
            stylesheets=self._stylesheets,
            font_config=self._fonts,
            color_profiles=dict(self._output.color_profiles),
            cache=PageImages(self._pictures, filled.images),
        )

    def _styles_of(self, html: str) -> tuple[Any, Callable[[Any], Any]]:
        """Parse `html`, and return its tree and WeasyPrint's function for the style of an element."""
        page = self._parse(html)
        profiles = dict(self._output.color_profiles)
        return page.etree_element, get_all_computed_styles(
            page,
            self._stylesheets,
            font_config=self._fonts,
            color_profiles=profiles,
            page_rules=[],
            layers=[],
        )

    def _parse(self, html: str) -> HTML:
        return HTML(string=html, base_url=self._base_url, url_fetcher=self._fetcher)

    def write(self, laid_out: LaidOut, attendee: Attendee) -> RenderedBadge:
        """Write a laid-out badge as a PDF. Raises the errors of `render`."""
        with require_glyphs(), self._convert_errors():  # WeasyPrint fetches attachments here
            pdf, families = self._output.write(laid_out.document, attendee, laid_out.needs_actual_text)
        return RenderedBadge(
            pdf,
            shortened=tuple(fit for fit in laid_out.fits if fit.shortened),
            fallbacks=tuple(sorted(families - set(self.design.settings.fonts.families))),
        )

    @contextmanager
    def _convert_errors(self) -> Iterator[None]:
        """Raise `DesignError` for URLs that the design may not fetch, and for what CMYK can't have."""
        with convert_fetch_errors(), explain_gradient_errors(self.design, self._fetcher.used):
            yield

    @property
    def _base_url(self) -> str:
        return self.design.folder.as_uri() + "/"

    @cached_property
    def _stylesheets(self) -> list[Any]:
        loaded = [
            CSS(
                string=stylesheet(self.design, self._output.cmyk),
                base_url=self._base_url,
                font_config=self._fonts,
                url_fetcher=self._fetcher,
            ),
            CSS(url=self._base_url + STYLE, font_config=self._fonts, url_fetcher=self._fetcher),
        ]
        check_families(self.design, self._fonts)
        return loaded
