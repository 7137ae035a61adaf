"""Write a laid-out badge as a PDF: its variant, tags and metadata are decided here and nowhere else."""

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
from badge_forge.rendering.pdf.actual_text import with_actual_text
from badge_forge.rendering.pdf.cmyk import CmykProfile
from badge_forge.rendering.pdf.finishing import Finisher
from badge_forge.rendering.weasyprint_internals import Document

GENERATOR = f"Badge Forge {version('badge-forge')}"

TIME = "2000-01-01T00:00:00Z"
"""The creation time in PDFs that have to have one: the same args give the same bytes."""

DOCUMENT_ID = re.compile(rb"xmp\.did:[0-9a-f-]{36}")
"""The random number in the metadata of some variants."""

NO_ALT = "has no required alt description"
"""What WeasyPrint logs of pictures in a tagged PDF. It is an error only where PDF/UA is claimed."""


class PdfOutput:
    """Writes the badges of one `design`, in its PDF variant unless `variant` says otherwise.

    `cmyk_profile` is the ICC profile of the press. Raises `RenderingError` if the variant needs one and
    there is none.
    """

    def __init__(
        self, design: Design, variant: PdfVariant | None = None, cmyk_profile: Path | None = None
    ) -> None:
        self._design = design
        self.variant: PdfVariant = design.settings.pdf.variant if variant is None else variant
        cmyk = CmykProfile(cmyk_profile) if self.variant == "pdf/x-4" else None
        self.color_profiles = {"device-cmyk": cmyk.color_profile} if cmyk else {}
        """The colour profiles that pages have to be laid out with, by CSS name."""
        self._finisher = Finisher(design.settings.page, cmyk)

    def write(self, page: Document, attendee: Attendee, actual_text: bool) -> tuple[bytes, set[str]]:
        """Return `page` as a PDF, and the font families in it. The page can be written again.

        `actual_text` tells whether the PDF has to say what its glyphs read. Raises `DesignError`.
        """
        document = with_actual_text(page)
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

    def tolerates(self, error: str) -> bool:
        """Tell whether a PDF is good although WeasyPrint has logged `error`."""
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
        """Return name, version and fingerprint of the design."""
        settings = self._design.settings
        return f"{settings.name} {settings.version} {self._design.digest()[:12]}"


def _identify(pdf: pydyf.PDF, badge_id: str) -> None:
    """Ask viewers to print in the true size, and put the badge's id in the place of random numbers."""
    preferences = pdf.catalog.setdefault("ViewerPreferences", pydyf.Dictionary())
    preferences["PrintScaling"] = "/None"
    document_id = f"xmp.did:{uuid.UUID(badge_id)}".encode()
    for entry in pdf.objects:
        if isinstance(entry, pydyf.Stream) and entry.extra.get("Subtype") == "/XML":
            entry.stream = [DOCUMENT_ID.sub(document_id, part) for part in entry.stream]
