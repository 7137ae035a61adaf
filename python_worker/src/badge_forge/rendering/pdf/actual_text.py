"""Pages whose texts can be copied and searched where their glyphs alone do not tell what they read."""

from typing import Any

import pydyf

from badge_forge.rendering.weasyprint_internals import Document, Page, TextBox
from badge_forge.text.text import direction, needs_actual_text

ZERO_WIDTH_SPACE = "\u200b"


class ActualTextPage(Page):  # type: ignore[misc]
    """A page with ActualText where its glyphs alone do not tell what a text reads.

    A glyph of Devanagari or Thai, or an accent that moves, stands for no character of its own, so what a
    reader copies out of the PDF is wrong. PDF has a place for the text that is meant: ActualText
    (ISO 32000-1, 14.9.4). Right-to-left texts go without: readers reverse it there.
    """

    def paint(self, stream: Any, scale: float = 1) -> None:
        """Paint the page on a WeasyPrint `stream`, and add the texts to its marked content."""
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
            # Of the glyphs of a cluster one has its text. For the others readers would make some up.
            font.to_unicode |= {
                glyph: ZERO_WIDTH_SPACE for glyph, text in font.to_unicode.items() if not text
            }


def with_actual_text(document: Document) -> Document:
    """Return a copy of `document` whose pages have ActualText."""
    return document.copy([ActualTextPage(page._page_box) for page in document.pages])
