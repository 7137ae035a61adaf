"""Fit the texts of a page in their computed styles, so that they are measured as they will be drawn."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from badge_forge.designs.design import PageTable
from badge_forge.rendering.fitting.fitting import Box, Fitter
from badge_forge.rendering.fitting.text_style import TextStyle, identity_of
from badge_forge.rendering.result import Fit
from badge_forge.text.text import HAN_DEFAULT
from badge_forge.units import PX_PER_MM

MAX_PAGES = 64
"""The number of pages whose styles are cached. They are few kilobytes."""

TEXT = re.compile(r">[^<]+<")

HAN_LANGUAGES = {"zh", "yue", "wuu", "nan", "hak", "lzh", "ja", "ko", "vi"}
"""Languages that determine how Han characters are drawn."""

type StylesOf = Callable[[str], tuple[Any, Callable[[Any], Any]]]
"""A function that parses HTML, and returns its tree and WeasyPrint's style of each element."""


@dataclass(frozen=True)
class WantedText:
    """A text to fit into `box`. `what` it is called in messages, and the template's `line` with it."""

    text: str
    box: Box
    what: str
    line: int


class TextStyles:
    """The styles of the fitted texts of a design with the page size `page`."""

    def __init__(self, page: PageTable, styles_of: StylesOf) -> None:
        self._size_px = page.width_mm * PX_PER_MM, page.height_mm * PX_PER_MM
        self._styles_of = styles_of
        self._pages: dict[str, tuple[TextStyle, ...]] = {}
        self._styles: dict[str, TextStyle] = {}
        self._fitter = Fitter()

    def fit(self, html: str, texts: Sequence[WantedText]) -> tuple[Fit, ...]:
        """Fit `texts`, in the order of their boxes in the page `html`."""
        styles = self.of(html, len(texts))
        return tuple(
            Fit(wanted.what, wanted.line, self._fitter.fit(wanted.text, wanted.box, style))
            for wanted, style in zip(texts, styles, strict=True)
        )

    def of(self, html: str, count: int) -> tuple[TextStyle, ...]:
        """Return the styles of the `count` fitted texts of `html`, a page with empty boxes for them."""
        key = _without_texts(html)
        if key not in self._pages:
            if len(self._pages) >= MAX_PAGES:
                self._pages.clear()
                self._styles.clear()
            self._pages[key] = self._find(html, count)
        return self._pages[key]

    def _find(self, html: str, count: int) -> tuple[TextStyle, ...]:
        root, style_of = self._styles_of(html)
        found = {element.get("data-fit"): element for element in root.iter("span")}
        # A template can fit a text without showing it. It has the style of the page.
        return tuple(self._style(found.get(str(number), root), style_of) for number in range(count))

    def _style(self, element: Any, style_of: Callable[[Any], Any]) -> TextStyle:
        style = style_of(element)
        # Otherwise WeasyPrint sets it at the first page, too late for lengths in vw and vh.
        style.initial_page_sizes |= {"box": self._size_px, "area": self._size_px}
        language = _language(style, element.get("lang"))
        identity = language + identity_of(style)
        if identity not in self._styles:
            self._styles[identity] = TextStyle(style, language)
        return self._styles[identity]


@lru_cache(MAX_PAGES)
def _without_texts(html: str) -> str:
    """Return `html` without texts, on which styles do not depend, as a badge's id."""
    return html if "<style" in html else TEXT.sub("><", html)


def _language(style: Any, of_text: str | None) -> str:
    """Return the language of a text: the design's, unless the script of the text is more specific."""
    of_design = style.parent_style["lang"] if style.parent_style is not None else None
    if of_text is None:
        return str(of_design or "en")
    if of_text == HAN_DEFAULT and of_design and of_design.partition("-")[0].lower() in HAN_LANGUAGES:
        return str(of_design)
    return of_text
