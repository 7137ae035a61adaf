"""Write a laid-out badge as a PDF. Only this module decides on variant, tags and metadata."""

import re
import uuid
from copy import copy
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pydyf

from badge_forge.attendee import Attendee
from badge_forge.designs.design import Design, PdfVariant
from badge_forge.rendering.cmyk import CmykProfile
from badge_forge.rendering.pdf.finishing import Finisher
from badge_forge.rendering.pdf.page import for_pdf
from badge_forge.rendering.weasyprint_internals import Document

GENERATOR = f"Badge Forge {version('badge-forge')}"

TIME = "2000-01-01T00:00:00Z"
"""The creation time in variants that require one. It is constant, so that the bytes are reproducible."""

DOCUMENT_ID = re.compile(rb"xmp\.did:[0-9a-f-]{36}")
"""The random document id in the XMP metadata of some variants."""

NO_ALT = "has no required alt description"
"""The end of a message that WeasyPrint logs for images in a tagged PDF. Only PDF/UA requires a text."""


class PdfOutput:
    """Writes the badges of one `design`. `variant` overrides the design's PDF variant.

    `cmyk_profile` is the ICC profile for PDF/X-4. Raises `RenderingError` if that is needed and can't be
    read.
    """

    def __init__(
        self, design: Design, variant: PdfVariant | None = None, cmyk_profile: Path | None = None
    ) -> None:
        self._design = design
        self.variant: PdfVariant = design.settings.pdf.variant if variant is None else variant
        self.cmyk = CmykProfile(cmyk_profile) if self.variant == "pdf/x-4" else None
        """The profile of the press if the PDF is in CMYK."""
        self.color_profiles = {"device-cmyk": self.cmyk.color_profile} if self.cmyk else {}
        """The color profiles that WeasyPrint needs for the layout, by CSS name."""
        self._finisher = Finisher(design.settings.page, self.cmyk)

    def write(self, page: Document, attendee: Attendee, actual_text: bool) -> tuple[bytes, set[str]]:
        """Return `page` as a PDF, and the font families in it. `page` can be written again.

        `actual_text` means that the PDF needs ActualText. Raises `DesignError` and `GradientError`.
        """
        document = self.drawable(page)
        document.metadata = copy(document.metadata)
        self._describe(document.metadata, attendee)
        families: set[str] = set()

        def finish(document: Document, pdf: pydyf.PDF) -> None:
            families.update(font.family for font in document.fonts.values())
            self._finisher.finish(document, pdf)
            _identify(pdf, attendee.id)

        content = document.write_pdf(
            pdf_variant=self.variant or None,
            pdf_tags=self.variant == "pdf/ua-1" or actual_text,
            custom_metadata=True,
            finisher=finish,
        )
        assert isinstance(content, bytes)  # write_pdf returns None only when it is given a target
        return content, families

    def drawable(self, document: Document) -> Document:
        """Return a copy of `document` that can be drawn."""
        return for_pdf(document, self.cmyk)

    def tolerates(self, error: str) -> bool:
        """Tell whether the PDF is valid although WeasyPrint logged `error`."""
        return self.variant != "pdf/ua-1" and error.endswith(NO_ALT)

    def _describe(self, metadata: Any, attendee: Attendee) -> None:
        metadata.title = metadata.title or attendee.name
        metadata.lang = metadata.lang or "en"
        metadata.generator = GENERATOR
        metadata.custom = {"Badge": attendee.id, "Design": self._identity}
        if self.variant:
            metadata.created = metadata.modified = TIME

    @cached_property
    def _identity(self) -> str:
        """Return name, version and digest of the design."""
        settings = self._design.settings
        return f"{settings.name} {settings.version} {self._design.digest()[:12]}"


def _identify(pdf: pydyf.PDF, badge_id: str) -> None:
    """Disable print scaling, and replace the random document id with the badge's id."""
    preferences = pdf.catalog.setdefault("ViewerPreferences", pydyf.Dictionary())
    preferences["PrintScaling"] = "/None"
    document_id = f"xmp.did:{uuid.UUID(badge_id)}".encode()
    for entry in pdf.objects:
        if isinstance(entry, pydyf.Stream) and entry.extra.get("Subtype") == "/XML":
            entry.stream = [DOCUMENT_ID.sub(document_id, part) for part in entry.stream]
