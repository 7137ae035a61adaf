"""The positions of badges on a sheet: those of a label stock, or a grid on plain paper."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from badge_forge.errors import SheetError, UsageError

STOCKS = Path(__file__).parent / "stocks.toml"

Sheet = Literal["a4", "a3", "letter"]

SHEETS: dict[Sheet, tuple[float, float]] = {
    "a4": (210, 297),
    "a3": (297, 420),
    "letter": (215.9, 279.4),
}
"""Width and height of a sheet in portrait orientation, in mm."""

MARGIN_MM = 12
"""Margin around the badges on plain paper, for crop marks and the printer's unprintable area."""

GAP_MM = 6
"""Minimum distance between two badges on plain paper."""

Quarter = Literal[0, 90, 270]


@dataclass(frozen=True)
class Cell:
    """The position of a badge, in mm from the sheet's top left; `rotation` is counter-clockwise."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float
    rotation: Quarter = 0

    def mirrored(self, sheet_width_mm: float) -> "Cell":
        """Return the position on the back of the sheet, flipped on the long edge."""
        return Cell(
            sheet_width_mm - self.left_mm - self.width_mm,
            self.top_mm,
            self.width_mm,
            self.height_mm,
            {0: 0, 90: 270, 270: 90}[self.rotation],  # type: ignore[arg-type]
        )


@dataclass(frozen=True)
class Grid:
    """The cells of a sheet, row by row from the top left. If `cut`, the sheet has crop marks."""

    name: str
    sheet: Sheet
    cells: tuple[Cell, ...]
    cut: bool

    @property
    def size_mm(self) -> tuple[float, float]:
        """Return the width and height of the sheet."""
        return SHEETS[self.sheet]


class Stock(BaseModel):
    """A label stock from `stocks.toml`; lengths in mm."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str
    sheet: Sheet
    columns: Annotated[int, Field(ge=1, le=50)]
    rows: Annotated[int, Field(ge=1, le=50)]
    width_mm: Annotated[float, Field(gt=0)]
    height_mm: Annotated[float, Field(gt=0)]
    left_mm: Annotated[float, Field(ge=0)]
    top_mm: Annotated[float, Field(ge=0)]
    pitch_x_mm: Annotated[float, Field(gt=0)]
    pitch_y_mm: Annotated[float, Field(gt=0)]

    def cells(self, rotation: Quarter) -> Iterator[Cell]:
        """Yield the positions of the labels, row by row."""
        for row in range(self.rows):
            for column in range(self.columns):
                yield Cell(
                    self.left_mm + column * self.pitch_x_mm,
                    self.top_mm + row * self.pitch_y_mm,
                    self.width_mm,
                    self.height_mm,
                    rotation,
                )


@cache
def stocks() -> dict[str, Stock]:
    """Return all label stock by name."""
    with STOCKS.open("rb") as file:
        return {name: Stock.model_validate(stock) for name, stock in tomllib.load(file).items()}


def grid(name: str, width_mm: float, height_mm: float, bleed_mm: float = 0) -> Grid:
    """Return the grid of the stock or paper `name` for badges of `width_mm` by `height_mm`.

    Badges are rotated by 90 degrees if they fit only then, or if more of them fit on the paper. Raises
    `UsageError` if the stock does not exist, and `SheetError` if the badge is too large for it.
    """
    if name in stocks():
        return _stock_grid(name, width_mm, height_mm)
    if name in SHEETS:
        return _paper_grid(name, width_mm, height_mm, bleed_mm)
    raise UsageError(f"there is no stock {name!r}: choose one of {', '.join([*SHEETS, *stocks()])}")


def _stock_grid(name: str, width_mm: float, height_mm: float) -> Grid:
    stock = stocks()[name]
    sizes: dict[Quarter, tuple[float, float]] = {0: (width_mm, height_mm), 90: (height_mm, width_mm)}
    for rotation, (width, height) in sizes.items():
        if width <= stock.width_mm + 0.01 and height <= stock.height_mm + 0.01:
            return Grid(name, stock.sheet, tuple(stock.cells(rotation)), cut=False)
    raise SheetError(
        f"a badge of {width_mm:g} x {height_mm:g} mm does not fit on {name}, which is "
        f"{stock.width_mm:g} x {stock.height_mm:g} mm: choose another stock or design"
    )


def _paper_grid(name: Sheet, width_mm: float, height_mm: float, bleed_mm: float) -> Grid:
    gap = max(GAP_MM, 2 * bleed_mm)
    upright = list(_filled(SHEETS[name], width_mm, height_mm, gap, 0))
    rotated = list(_filled(SHEETS[name], height_mm, width_mm, gap, 90))
    cells = rotated if len(rotated) > len(upright) else upright
    if not cells:
        raise SheetError(
            f"a badge of {width_mm:g} x {height_mm:g} mm does not fit on {name} with a margin of "
            f"{MARGIN_MM} mm for crop marks: choose a larger sheet"
        )
    return Grid(name, name, tuple(cells), cut=True)


def _filled(
    size: tuple[float, float], width: float, height: float, gap: float, rotation: Quarter
) -> Iterator[Cell]:
    """Yield as many cells as fit on the sheet, centred."""
    columns, rows = (
        int((whole - 2 * MARGIN_MM + gap) / (part + gap))
        for whole, part in zip(size, (width, height), strict=True)
    )
    left = (size[0] - columns * width - (columns - 1) * gap) / 2
    top = (size[1] - rows * height - (rows - 1) * gap) / 2
    for row in range(rows):
        for column in range(columns):
            yield Cell(
                left + column * (width + gap), top + row * (height + gap), width, height, rotation
            )
