"""Place badges on sheets, as form XObjects made of their pages. Nothing is rendered again."""

from collections.abc import Callable, Sequence
from itertools import batched
from pathlib import Path

import pikepdf

from badge_forge.errors import SheetError
from badge_forge.sheets.badge_pdf import BadgeFacts, BadgePdf
from badge_forge.sheets.calibration import Calibration
from badge_forge.sheets.form import form
from badge_forge.sheets.layout import Cell, Grid
from badge_forge.sheets.writer import Copied, PdfWriter, replacing
from badge_forge.units import PT_PER_MM as MM

MARK_MM, MARK_GAP_MM = 5, 3

KEPT = ("/Trapped", "/CreationDate", "/ModDate")
"""Document information that PDF/X-4 sheets copy from their badges."""

Progress = Callable[[int], None]


class Imposition:
    """Places badges of one size in the cells of `grid`, beginning with the cell `start` (from 0)."""

    def __init__(self, grid: Grid, calibration: Calibration, start: int = 0) -> None:
        self._grid = grid
        self._calibration = calibration
        self._start = start

    def write(self, badges: Sequence[BadgePdf], output: Path, progress: Progress) -> int:
        """Write the sheets with `badges` to `output`, and return the number of pages.

        The back of a sheet follows its front. `progress` is called with the number of newly placed
        badges. Raises `SheetError` if a badge can't be read, or its size, bleed, number of pages or PDF
        variant differs from the first one's.
        """
        places: list[BadgePdf | None] = [None] * self._start + list(badges)
        sheets = list(batched(places, len(self._grid.cells)))
        with badges[0].open() as pdf:
            facts = BadgeFacts.of(pdf)
        with replacing(output) as file:
            writer = PdfWriter(file)
            for sheet in sheets:
                self._write_sheet(writer, sheet, facts, progress)
            writer.close(*_write_claims(writer, badges[0], facts))
        return len(sheets) * facts.pages

    def _write_sheet(
        self,
        writer: PdfWriter,
        badges: Sequence[BadgePdf | None],
        facts: BadgeFacts,
        progress: Progress,
    ) -> None:
        width, height = self._grid.size_mm
        contents: list[list[str]] = [[] for _ in range(facts.pages)]
        forms: dict[str, int] = {}
        for cell, badge in zip(self._grid.cells, badges, strict=False):
            if badge is None:
                continue
            with badge.open() as pdf:
                _require_shape(badge, BadgeFacts.of(pdf), facts)
                copied: Copied = {}
                for side, source in enumerate(pdf.pages):
                    name = f"/B{len(forms)}"
                    forms[name] = writer.copy_stream(form(source, facts.bleed_mm), copied)
                    place = cell.mirrored(width) if side else cell
                    contents[side].append(self._drawing(source, place, name))
            progress(1)
        for side, content in enumerate(contents):
            if self._grid.cut:
                content.append(_crop_marks(self._grid))
            drawn = self._calibrated("".join(content), back=side % 2 == 1)
            writer.add_page((width * MM, height * MM), drawn, forms)

    def _drawing(self, source: pikepdf.Page, cell: Cell, name: str) -> str:
        """Return the operators that draw the form `name`, made of `source`, centred in `cell`."""
        height = self._grid.size_mm[1]
        left, bottom, right, top = (float(side) for side in source.trimbox)
        middle_x = (cell.left_mm + cell.width_mm / 2) * MM
        middle_y = (height - cell.top_mm - cell.height_mm / 2) * MM
        cos, sin = {0: (1, 0), 90: (0, 1), 270: (0, -1)}[cell.rotation]
        x, y = (left + right) / 2, (bottom + top) / 2
        dx, dy = middle_x - (cos * x - sin * y), middle_y - (sin * x + cos * y)
        clip = ""
        if not self._grid.cut:  # the bleed must not be printed on the next label
            corner = cell.left_mm * MM, (height - cell.top_mm - cell.height_mm) * MM
            clip = f"{corner[0]:.4f} {corner[1]:.4f} {cell.width_mm * MM:.4f} {cell.height_mm * MM:.4f} "
            clip += "re W n\n"
        return f"q {clip}{cos} {sin} {-sin} {cos} {dx:.4f} {dy:.4f} cm {name} Do Q\n"

    def _calibrated(self, drawing: str, back: bool) -> bytes:
        scale, dx, dy = self._calibration.of_side(back).matrix(self._grid.size_mm[1])
        return f"q {scale:.6f} 0 0 {scale:.6f} {dx * MM:.4f} {dy * MM:.4f} cm\n{drawing}Q\n".encode()


def _crop_marks(grid: Grid) -> str:
    """Return the operators that draw crop marks for all cuts, in the margins of the sheet."""
    height = grid.size_mm[1]
    xs = sorted({x for cell in grid.cells for x in (cell.left_mm, cell.left_mm + cell.width_mm)})
    ys = sorted({y for cell in grid.cells for y in (cell.top_mm, cell.top_mm + cell.height_mm)})
    lines = []
    for x in xs:
        for edge, outwards in ((ys[0], -1), (ys[-1], 1)):
            near, far = edge + outwards * MARK_GAP_MM, edge + outwards * (MARK_GAP_MM + MARK_MM)
            lines.append(_line(x, height - near, x, height - far))
    for y in ys:
        for edge, outwards in ((xs[0], -1), (xs[-1], 1)):
            near, far = edge + outwards * MARK_GAP_MM, edge + outwards * (MARK_GAP_MM + MARK_MM)
            lines.append(_line(near, height - y, far, height - y))
    return "0.25 w 1 1 1 1 K\n" + "".join(lines)


def _line(*ends_mm: float) -> str:
    x1, y1, x2, y2 = (end * MM for end in ends_mm)
    return f"{x1:.4f} {y1:.4f} m {x2:.4f} {y2:.4f} l S\n"


def _require_shape(badge: BadgePdf, found: BadgeFacts, wanted: BadgeFacts) -> None:
    if found.shape != wanted.shape:
        raise SheetError(
            f"{badge.path} ({found.described}) does not fit on one sheet with badges of "
            f"{wanted.described}: select one design and one PDF variant, with --design, --batch or --ids"
        )


def _write_claims(
    writer: PdfWriter, first: BadgePdf, facts: BadgeFacts
) -> tuple[dict[str, int], int | None]:
    """Write the output intent and metadata that make sheets of PDF/X-4 badges conform to PDF/X-4.

    Return the entries of the catalog and the number of the information dictionary.
    """
    if facts.variant != "pdf/x-4":
        return {}, None
    with first.open() as pdf:
        copied: Copied = {}
        intents = pdf.make_indirect(pdf.Root.OutputIntents)
        about = {name: value for name, value in pdf.docinfo.items() if name in KEPT}
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            metadata["dc:title"] = "Badges"  # instead of the first attendee's name
        catalog = {
            "/OutputIntents": writer.copy(intents, copied),
            "/Metadata": writer.copy(pdf.Root.Metadata, copied),
        }
        return catalog, writer.copy(pdf.make_indirect(pikepdf.Dictionary(about)), copied)
