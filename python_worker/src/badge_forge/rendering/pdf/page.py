"""Draw a page of a badge: in the inks of the press, and with ActualText for complex scripts."""

from typing import Any

import pydyf

from badge_forge.rendering.cmyk import CmykProfile
from badge_forge.rendering.stream import BadgeStream
from badge_forge.rendering.weasyprint_internals import Document, Page, TextBox
from badge_forge.text.text import direction, needs_actual_text

ZERO_WIDTH_SPACE = "\u200b"


class BadgePage(Page):  # type: ignore[misc]
    """A page that is drawn on a `BadgeStream`, in CMYK if it has a `cmyk` profile.

    It specifies the text of its glyphs as ActualText (ISO 32000-1, 14.9.4).
    In Devanagari or Thai, and with some accents, glyphs do not map to single characters. Text that is
    extracted from the glyphs alone is wrong. Right-to-left texts have no ActualText, because readers
    reverse it.
    """

    cmyk: CmykProfile | None = None

    def paint(self, stream: Any, scale: float = 1) -> None:
        """Draw the page on a WeasyPrint `stream`, and add ActualText to its marked content."""
        BadgeStream.adopt(stream, self.cmyk)
        super().paint(stream, scale)
        texts = {
            content["mcid"]: box.text
            for box, content in (stream._tags or {}).items()
            if isinstance(box, TextBox) and needs_actual_text(box.text) and direction(box.text) == "ltr"
        }
        for item in stream.stream:
            if isinstance(item, pydyf.Dictionary) and item.get("MCID") in texts:
                item["ActualText"] = pydyf.String(texts[item["MCID"]])
        for font in stream._fonts.values():
            # Only one glyph of a cluster has a text. Without one, readers guess text for the others.
            font.to_unicode |= {
                glyph: ZERO_WIDTH_SPACE for glyph, text in font.to_unicode.items() if not text
            }


def for_pdf(document: Document, cmyk: CmykProfile | None) -> Document:
    """Return a copy of `document` for a PDF, in CMYK if there is a `cmyk` profile.

    Its pages have ActualText if the PDF has tags.
    """
    pages = [BadgePage(page._page_box) for page in document.pages]
    for page in pages:
        page.cmyk = cmyk
    return document.copy(pages)
