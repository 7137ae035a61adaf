"""What a printer does to a sheet, measured once and taken back on each."""

import json
import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from badge_forge.errors import SheetError, UsageError

CROSS_MM = 20
"""The test page's cross is so far from the sheet's left and top edges."""

RULER_MM = 160
"""The length of the test page's rulers."""

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,59}")


class Calibration(BaseModel):
    """How a print has to be moved, in mm to the right and down, and scaled, to come out right.

    Scaled about the point where the test page has its cross, so that moving and scaling can be measured
    one by one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dx_mm: Annotated[float, Field(ge=-20, le=20)] = 0
    dy_mm: Annotated[float, Field(ge=-20, le=20)] = 0
    scale: Annotated[float, Field(ge=0.9, le=1.1)] = 1

    @classmethod
    def measured(cls, right_mm: float, down_mm: float, ruler_mm: float) -> Self:
        """Return what takes back the print of a test page.

        Its cross was `right_mm` from the left edge and `down_mm` from the top, its rulers `ruler_mm`
        long. Raises `UsageError` if that can't be.
        """
        try:
            return cls(
                dx_mm=round(CROSS_MM - right_mm, 3),
                dy_mm=round(CROSS_MM - down_mm, 3),
                scale=round(RULER_MM / ruler_mm, 5),
            )
        except ValidationError as error:
            field = error.errors()[0]["loc"][0]
            raise UsageError(
                f"{field}: no printer is off by so much, measure again: the cross should be about "
                f"{CROSS_MM} mm from both edges, the rulers about {RULER_MM} mm long"
            ) from None

    def matrix(self, sheet_height_mm: float) -> tuple[float, float, float]:
        """Return scale and offsets in mm for PDF coordinates, whose origin is the sheet's lower left."""
        x, y = CROSS_MM, sheet_height_mm - CROSS_MM
        return self.scale, x - self.scale * x + self.dx_mm, y - self.scale * y - self.dy_mm


class Profiles:
    """The calibrations of all printers, by name, kept in one JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Calibration]:
        """Return all profiles. Raises `SheetError` if the file is broken."""
        try:
            content = self._path.read_text(encoding="utf-8")
            return TypeAdapter(dict[str, Calibration]).validate_json(content)
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            raise SheetError(f"can't read the printers' profiles in {self._path}: {error}") from error

    def get(self, name: str) -> Calibration:
        """Return the profile of the printer `name`. Raises `UsageError` if there is none."""
        profiles = self.read()
        if name not in profiles:
            raise UsageError(
                f"there is no printer {name!r}; there are: {', '.join(profiles) or 'none yet'} "
                "(bin/badge-forge printer set makes one)"
            )
        return profiles[name]

    def set(self, name: str, calibration: Calibration) -> None:
        """Keep `calibration` for the printer `name`."""
        if not NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no name for a printer: use letters, digits, . _ and -")
        profiles = self.read() | {name: calibration}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        content = {name: profile.model_dump() for name, profile in sorted(profiles.items())}
        self._path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
