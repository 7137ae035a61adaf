"""The text of a contact sheet's page: a header, and the name below each badge, in every script."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from badge_forge.rendering.weasyprint_internals import HTML, FontConfiguration, URLFetcher
from badge_forge.rendering.weasyprint_log import missing_glyphs
from badge_forge.text.text import direction, language, printable
from badge_forge.units import PT_PER_MM

FONTS = '"Noto Sans", sans-serif'
"""The fallback fonts of every design: the captions draw what the badges draw."""

SIZES_PT = (9, 8, 7, 6, 5, 4, 3)
"""Sizes of names, largest first."""

LINE_HEIGHT = 1.2

BREAKS = re.compile(r"\s|(?<=-)")
"""Where a name can be broken between words."""

STYLE = f"""
body {{ font-family: {FONTS}; }}
header {{ position: absolute; font-size: 9pt; white-space: pre; overflow: hidden; }}
header span {{ position: absolute; right: 0; }}
p, i {{ position: absolute; margin: 0; text-align: center; }}
p {{ overflow-wrap: anywhere; line-height: {LINE_HEIGHT}; }}
i {{ border: 0.3mm dashed #b00; color: #b00; font: 7pt {FONTS}; box-sizing: border-box; }}
"""


@dataclass(frozen=True)
class Box:
    """A rectangle on a page, in mm from its top left."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float

    @property
    def css(self) -> str:
        """The position in CSS."""
        return (
            f"left:{self.left_mm:.3f}mm;top:{self.top_mm:.3f}mm;"
            f"width:{self.width_mm:.3f}mm;height:{self.height_mm:.3f}mm"
        )


@dataclass(frozen=True)
class Caption:
    """The name of a badge in `box`. `problem`, in `picture`, is shown if the badge can't be."""

    name: str
    box: Box
    picture: Box
    problem: str | None = None


class Captions:
    """Draws the texts of pages of `size_mm`."""

    def __init__(self, size_mm: tuple[float, float]) -> None:
        self._page = f"@page {{ size: {size_mm[0]}mm {size_mm[1]}mm; margin: 0 }}"
        # For all pages: WeasyPrint never frees a font configuration, and a fetcher is slow to make.
        self._fonts = FontConfiguration()
        self._fetcher = URLFetcher(allowed_protocols=[])

    def pdf(self, header: Box, title: str, page: str, captions: Sequence[Caption]) -> bytes:
        """Return a page with `title` on the left of the header, `page` on its right, and `captions`.

        A character that no font draws is a box, as the header says.
        """
        html = self._html(header, title, page, captions)
        with missing_glyphs() as missing:
            pdf = self._written(html)
        if missing:
            boxes = f"{title} · no font draws {' '.join(f'U+{code:04X}' for code in missing[:8])}"
            with missing_glyphs():
                pdf = self._written(self._html(header, boxes, page, captions))
        return pdf

    def _html(self, header: Box, title: str, page: str, captions: Sequence[Caption]) -> str:
        body = "".join(map(_drawn, captions))
        return (
            f'<html lang="en"><title>{escape(title)}</title><style>{self._page}{STYLE}</style>'
            f'<header style="{header.css}">{escape(title)}<span>{escape(page)}</span></header>{body}'
        )

    def _written(self, html: str) -> bytes:
        page = HTML(string=html, url_fetcher=self._fetcher)
        pdf = page.write_pdf(font_config=self._fonts)
        assert isinstance(pdf, bytes)  # write_pdf returns None only if it is given a target
        return pdf


def _drawn(caption: Caption) -> str:
    name = printable(caption.name)
    size = fitting_size_pt(name, caption.box)
    problem = (
        f'<i style="{caption.picture.css}">{escape(caption.problem)}</i>' if caption.problem else ""
    )
    return (
        f'{problem}<p lang="{language(name) or "en"}" dir="{direction(name)}" '
        f'style="{caption.box.css};font-size:{size}pt">{escape(name)}</p>'
    )


def fitting_size_pt(name: str, box: Box) -> float:
    """Return the size for `name` in `box`: the largest that needs no break inside a word, if one does.

    It is estimated: names of a usual length may be a size too small, and none is cut off.
    """
    words = [_width(word) for word in BREAKS.split(name)]
    enough = [size for size in SIZES_PT if _fits(sum(words), size, box)]
    whole = [size for size in enough if max(words) * size <= box.width_mm * PT_PER_MM]
    return next(iter(whole or enough), SIZES_PT[-1])


def _fits(width: float, size: float, box: Box) -> bool:
    """Tell whether a text of `width` fits if a quarter of each line but the only one stays empty."""
    lines = int(box.height_mm * PT_PER_MM / (size * LINE_HEIGHT))
    filled = 1 if width * size <= box.width_mm * PT_PER_MM else 0.75
    return width * size <= lines * filled * box.width_mm * PT_PER_MM


def _width(text: str) -> float:
    """Estimate the width of `text` in font size 1. Characters of East Asia are squares."""
    return sum(1.1 if language(char) else 0.75 if char.isupper() else 0.55 for char in text)
