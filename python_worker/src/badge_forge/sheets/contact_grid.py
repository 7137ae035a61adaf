"""The places of badges and their names on a page of a contact sheet."""

from dataclasses import dataclass
from typing import Self

from badge_forge.sheets.captions import Box
from badge_forge.sheets.layout import SHEETS, Sheet

PER_PAGE, LEAST = 40, 12
"""Places of a page. If there are fewer badges, they are drawn larger, as if there were `LEAST`."""

MARGIN_MM, HEADER_MM, GAP_MM = 10.0, 8.0, 2.0

CAPTION_MM = 8.5
"""Least height of a name: three lines. Space that the badges leave is added to it."""


@dataclass(frozen=True)
class ContactGrid:
    """The places of badges of the size `badge_mm` on a page of `paper`, counted from 0, row by row."""

    paper: Sheet
    columns: int
    rows: int
    badge_mm: tuple[float, float]

    @classmethod
    def best(cls, paper: Sheet, badge_mm: tuple[float, float], badges: int) -> Self:
        """Return the grid that draws `badges` of the size `badge_mm` largest, on one page or several."""
        places = min(PER_PAGE, max(LEAST, badges))
        grids = [
            cls(paper, columns, rows, badge_mm)
            for columns in range(1, PER_PAGE + 1)
            for rows in range(1, PER_PAGE + 1)
            if places <= columns * rows <= PER_PAGE
        ]
        return max(grids, key=lambda grid: scale(badge_mm, grid.picture(0)))

    @property
    def header(self) -> Box:
        """The box of the header."""
        return Box(MARGIN_MM, MARGIN_MM, SHEETS[self.paper][0] - 2 * MARGIN_MM, HEADER_MM - GAP_MM)

    def picture(self, place: int) -> Box:
        """Return the box of a badge, as high as a badge of the usual shape."""
        cell = self._cell(place)
        height = cell.height_mm - CAPTION_MM
        usual = cell.width_mm * self.badge_mm[1] / self.badge_mm[0]
        return Box(cell.left_mm, cell.top_mm, cell.width_mm, min(height, usual))

    def caption(self, place: int) -> Box:
        """Return the box of a name, below its badge."""
        cell, picture = self._cell(place), self.picture(place)
        above = picture.height_mm + 0.5
        return Box(cell.left_mm, cell.top_mm + above, cell.width_mm, cell.height_mm - above)

    def _cell(self, place: int) -> Box:
        width, height = SHEETS[self.paper]
        row, column = divmod(place, self.columns)
        pitch_x = (width - 2 * MARGIN_MM + GAP_MM) / self.columns
        pitch_y = (height - 2 * MARGIN_MM - HEADER_MM + GAP_MM) / self.rows
        left, top = MARGIN_MM + column * pitch_x, MARGIN_MM + HEADER_MM + row * pitch_y
        return Box(left, top, pitch_x - GAP_MM, pitch_y - GAP_MM)


def scale(badge_mm: tuple[float, float], box: Box) -> float:
    """Return the factor by which a badge of the size `badge_mm` fits into `box`."""
    return min(box.width_mm / badge_mm[0], box.height_mm / badge_mm[1])
