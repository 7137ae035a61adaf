"""Printer calibration: measure once how a printer shifts and scales a sheet, then compensate for it."""

import json
import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from badge_forge.errors import SheetError, UsageError
from badge_forge.files import read_regular
from badge_forge.settings import COMMAND

CROSS_MM = 20
"""Distance of the test page's cross from the left and top edges of the sheet."""

RULER_MM = 160
"""The length of the test page's rulers."""

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,59}")


class Calibration(BaseModel):
    """The correction for a printer: a shift in mm to the right and down, and a scale.

    The center of scaling is the cross of the test page, so that shift and scale can be measured
    independently. `back` corrects the backs of sheets, as seen from the back; by default as the fronts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dx_mm: Annotated[float, Field(ge=-20, le=20)] = 0
    dy_mm: Annotated[float, Field(ge=-20, le=20)] = 0
    scale: Annotated[float, Field(ge=0.9, le=1.1)] = 1
    back: "Calibration | None" = None

    @classmethod
    def measured(cls, right_mm: float, down_mm: float, ruler_mm: float) -> Self:
        """Return the correction for a printed test page.

        Its cross is `right_mm` from the left edge and `down_mm` from the top edge, and its rulers are
        `ruler_mm` long. Raises `UsageError` if the correction is out of range.
        """
        try:
            return cls(
                dx_mm=round(CROSS_MM - right_mm, 3),
                dy_mm=round(CROSS_MM - down_mm, 3),
                scale=round(RULER_MM / ruler_mm, 5),
            )
        except ValidationError as error:
            field = error.errors()[0]["loc"][0]
            wrong = {"dx_mm": ("right", right_mm), "dy_mm": ("down", down_mm)}
            name, value = wrong.get(str(field), ("ruler", ruler_mm))
            raise UsageError(
                f"{name} is out of range, got: {value:g} mm: measure again; the cross should be about "
                f"{CROSS_MM} mm from both edges, and a ruler about {RULER_MM} mm long"
            ) from None

    def of_side(self, back: bool) -> "Calibration":
        """Return the correction for the backs or the fronts of sheets."""
        return self.back if back and self.back else self

    def matrix(self, sheet_height_mm: float) -> tuple[float, float, float]:
        """Return scale, x offset and y offset in mm, for PDF coordinates: the origin is bottom left."""
        x, y = CROSS_MM, sheet_height_mm - CROSS_MM
        return self.scale, x - self.scale * x + self.dx_mm, y - self.scale * y - self.dy_mm


class Profiles:
    """The calibrations of all printers, by name, in one JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Calibration]:
        """Return all profiles. Raises `SheetError` if the file can't be read or is invalid."""
        try:
            content = read_regular(self._path.resolve()).decode()
            return TypeAdapter(dict[str, Calibration]).validate_json(content)
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            raise SheetError(f"can't read the printers' profiles in {self._path}: {error}") from error

    def get(self, name: str) -> Calibration:
        """Return the profile of the printer `name`. Raises `UsageError` if it does not exist."""
        profiles = self.read()
        if name not in profiles:
            raise UsageError(
                f"there is no printer {name!r}; there are: {', '.join(profiles) or 'none yet'}; "
                f"`{COMMAND} printer set` adds one"
            )
        return profiles[name]

    def set(self, name: str, measured: Calibration, back: bool = False) -> Calibration:
        """Store what was `measured` for the fronts or backs of the printer `name`.

        Returns the whole correction: that of the other side is kept. Raises `UsageError` if the name is
        invalid.
        """
        if not NAME.fullmatch(name):
            raise UsageError(
                f"a printer's name must consist of letters, digits, . _ and -, got: {name!r}"
            )
        profiles = self.read()
        before = profiles.get(name, Calibration())
        if back:
            profiles[name] = before.model_copy(update={"back": measured})
        else:
            profiles[name] = measured.model_copy(update={"back": before.back})
        self._path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            name: profile.model_dump(exclude_none=True) for name, profile in sorted(profiles.items())
        }
        self._path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return profiles[name]
