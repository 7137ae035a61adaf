"""The manifest of sheets, which makes it possible to repeat an order exactly.

A manifest contains personal data: the file names of badges contain attendees' names.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from badge_forge.errors import SheetError
from badge_forge.files import read_regular, write_atomically
from badge_forge.sheets.badge_pdf import BadgeFacts, BadgePdf
from badge_forge.sheets.calibration import Calibration


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ManifestBadge(_Record):
    """A badge: its id, the SHA-256 and path of its PDF, and the design with its version."""

    id: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    path: Path
    design: str


class Manifest(_Record):
    """An order: the stock, the first cell used (from 1), the SHA-256 of the sheets, and the badges."""

    stock: str
    start: Annotated[int, Field(ge=1)]
    calibration: Calibration
    sheets: int
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    badges: Annotated[list[ManifestBadge], Field(min_length=1)]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a manifest. Raises `SheetError` if it can't be read or is invalid."""
        try:
            return cls.model_validate_json(read_regular(path.resolve()).decode())
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise SheetError(f"can't read {path}: {reason}") from error
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(map(str, problem["loc"]))
            raise SheetError(f"{path} is not a manifest of sheets: {where}: {problem['msg']}") from None

    def write(self, path: Path) -> None:
        """Write the manifest. Raises `SheetError` if the file can't be written."""
        try:
            write_atomically(path.absolute(), (self.model_dump_json(indent=2) + "\n").encode())
        except OSError as error:
            raise SheetError(f"can't write {path}: {error.strerror or error}") from error

    def unchanged(self) -> list[BadgePdf]:
        """Return the PDFs of the badges. Raises `SheetError` if one has changed."""
        badges = [BadgePdf(badge.path) for badge in self.badges]
        for badge, recorded in zip(badges, self.badges, strict=True):
            if badge.sha256 != recorded.sha256:
                raise SheetError(
                    f"{badge.path} has changed since the manifest was written: expected SHA-256 "
                    f"{recorded.sha256[:12]}…, got: {badge.sha256[:12]}…; make sheets without --again"
                )
        return badges


def record(badges: Sequence[BadgePdf]) -> list[ManifestBadge]:
    """Return the manifest entries of `badges`."""
    records = []
    for badge in badges:
        with badge.open() as pdf:
            facts = BadgeFacts.of(pdf)
        records.append(
            ManifestBadge(
                id=facts.id, sha256=badge.sha256, path=badge.path.absolute(), design=facts.design
            )
        )
    return records
