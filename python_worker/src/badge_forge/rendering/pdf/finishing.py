"""Finish WeasyPrint's PDF for print shops and readers: fonts, images, page boxes, crop marks, CMYK.

The finisher changes the PDF's objects before WeasyPrint writes them, so that no PDF has to be parsed.
"""

import re
from collections.abc import Iterator
from typing import Any

import pydyf

from badge_forge.designs.design import PageTable
from badge_forge.errors import DesignError
from badge_forge.rendering.cmyk import CmykProfile
from badge_forge.rendering.pdf import emoji
from badge_forge.rendering.pdf.fonts import embed_fonts
from badge_forge.rendering.pictures.pdf_page import PageForm
from badge_forge.rendering.stream import NOT_CMYK
from badge_forge.rendering.weasyprint_internals import Document
from badge_forge.units import PT_PER_MM

MARK_MM, MARK_WIDTH_PT = 5, 0.25
"""Length and line width of a crop mark."""

MARK_GAP_MM = 3
"""The minimum distance of crop marks from the trimmed page. A wider bleed increases it."""

RGB = re.compile(rb"(?:^|\s)(?:rg|RG)(?:\s|$)")


class Finisher:
    """Finishes PDFs with one page setup: in CMYK if there is a `cmyk` profile, otherwise in RGB."""

    def __init__(self, page: PageTable, cmyk: CmykProfile | None) -> None:
        self._page = page
        self._to_cmyk = cmyk.transform if cmyk else None

    def finish(self, document: Document, pdf: pydyf.PDF) -> None:
        """Finish `pdf`, which WeasyPrint generated from `document`.

        In CMYK, raises `DesignError` if anything is in RGB.
        """
        embed_fonts(document, pdf)
        emoji.embed_emoji(pdf, self._to_cmyk)
        for entry in list(pdf.objects):
            if isinstance(entry, PageForm):
                entry.complete(pdf)
        self._set_boxes(pdf)
        if self._to_cmyk:
            _require_cmyk(pdf)
        for entry in pdf.objects:
            # It is not used, and a sheet would contain the ICC profile once per badge.
            if isinstance(entry, pydyf.Dictionary) and "lab-d50" in entry:
                entry.pop("device-cmyk", None)

    def _set_boxes(self, pdf: pydyf.PDF) -> None:
        """Set the page boxes, move the page into the middle of the MediaBox, and draw the crop marks.

        The MediaBox starts at 0,0. WeasyPrint's starts at minus the bleed, so some programs shift the
        page.
        """
        page = self._page
        width, height = page.width_mm * PT_PER_MM, page.height_mm * PT_PER_MM
        bleed = page.bleed_mm * PT_PER_MM
        gap = max(MARK_GAP_MM * PT_PER_MM, bleed)
        margin = gap + MARK_MM * PT_PER_MM if page.crop_marks else bleed
        if not margin:
            return
        marks = list(_crop_marks(width, height, margin, gap)) if page.crop_marks else []
        for stream in _content_streams(pdf):
            stream.stream[:0] = [
                f"q 1 0 0 1 {margin:.3f} {margin:.3f} cm",
                f"{-bleed:.3f} {-bleed:.3f} {width + 2 * bleed:.3f} {height + 2 * bleed:.3f} re W n",
            ]
            stream.stream += ["Q", *(_artifact(marks) if marks else [])]
        for entry in _pages(pdf):
            entry["MediaBox"] = _box(0, 0, width + 2 * margin, height + 2 * margin)
            entry["TrimBox"] = _box(margin, margin, margin + width, margin + height)
            entry["BleedBox"] = _box(
                margin - bleed, margin - bleed, margin + width + bleed, margin + height + bleed
            )


def _pages(pdf: pydyf.PDF) -> list[pydyf.Dictionary]:
    return [
        entry
        for entry in pdf.objects
        if isinstance(entry, pydyf.Dictionary) and entry.get("Type") == "/Page"
    ]


def _content_streams(pdf: pydyf.PDF) -> list[pydyf.Stream]:
    references = {entry["Contents"] for entry in _pages(pdf)}
    return [entry for entry in pdf.objects if entry.reference in references]


def _crop_marks(width: float, height: float, margin: float, gap: float) -> Iterator[str]:
    """Yield two lines for each corner, from `gap` to `margin` outside of the page, in points."""
    for x, outside in ((margin, -1), (margin + width, 1)):
        for y, above in ((margin, -1), (margin + height, 1)):
            yield f"{x + outside * gap:.3f} {y:.3f} m {x + outside * margin:.3f} {y:.3f} l S"
            yield f"{x:.3f} {y + above * gap:.3f} m {x:.3f} {y + above * margin:.3f} l S"


def _artifact(lines: list[str]) -> list[str]:
    """Return operators that draw `lines` in all four inks, marked as an artifact."""
    return [
        "/Artifact BMC q",
        f"{MARK_WIDTH_PT} w 1 1 1 1 K",
        *lines,
        "Q EMC",
    ]


def _box(*corners: float) -> pydyf.Array:
    return pydyf.Array(round(corner, 3) for corner in corners)


def _require_cmyk(pdf: pydyf.PDF) -> None:
    """Raise `DesignError` if `pdf` draws anything in RGB.

    Pages, groups, patterns, masks, gradients and images are checked. Those of a PDF that is used as a
    picture were checked when it was loaded.
    """
    pages = {entry["Contents"] for entry in _pages(pdf)}
    for entry in pdf.objects:
        if isinstance(entry, pydyf.Dictionary):
            wrong = _is_rgb(entry.get("ColorSpace")) or _has_three_channels(entry)
        elif isinstance(entry, pydyf.Stream):
            extra = entry.extra
            drawn = entry.reference in pages or extra.get("Subtype") == "/Form" or "PatternType" in extra
            wrong = (
                _is_rgb(extra.get("ColorSpace"))
                or _is_rgb(extra.get("Group"))
                or (drawn and any(RGB.search(part) for part in entry.stream if isinstance(part, bytes)))
            )
        else:
            wrong = False
        if wrong:
            raise DesignError(NOT_CMYK.format("one of a picture"))


def _is_rgb(value: Any) -> bool:
    """Tell whether a color space, or a group with one, is RGB."""
    if isinstance(value, dict):
        return _is_rgb(value.get("CS"))
    if isinstance(value, list):
        return any(map(_is_rgb, value))
    return value in ("/DeviceRGB", b"/DeviceRGB")


def _has_three_channels(shading: pydyf.Dictionary) -> bool:
    """Tell whether a dictionary is a gradient with three channels."""
    functions = [shading["Function"]] if "ShadingType" in shading else []
    for function in functions:
        functions += function.get("Functions", [])
    return any(len(function.get(end, ())) == 3 for function in functions for end in ("C0", "C1"))
