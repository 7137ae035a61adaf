"""A design: a folder with a template, a style sheet and settings. Find designs and load them."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from badge_forge.attendee import DesignName
from badge_forge.badge_types import BadgeType, TypeSlug
from badge_forge.colors import Color
from badge_forge.errors import DesignError, UnknownDesignError
from badge_forge.files import read_regular
from badge_forge.settings import COMMAND
from badge_forge.toml_settings import Table, load_toml

SHIPPED = Path(__file__).parent
"""The folder of the designs that are part of Badge Forge."""

PARTS = SHIPPED / "parts"
"""Drawings that the templates of all designs may include: event logo, skyline, attendee patterns."""

TEMPLATE, STYLE, SETTINGS = "badge.html.jinja", "badge.css", "design.toml"

CSS_SAFE = r'^[^"\\\x00-\x1f]+$'
"""Characters that can't end a quoted string in a style sheet."""

FamilyName = Annotated[str, Field(pattern=r'^[^"\\,\x00-\x1f]+$', max_length=100)]
PdfVariant = Literal["", "pdf/x-4", "pdf/ua-1"]


class PageTable(Table):
    """The trimmed page, and the bleed and crop marks around it."""

    width_mm: Annotated[float, Field(ge=20, le=1_000)]
    height_mm: Annotated[float, Field(ge=20, le=1_000)]
    pages: Literal[1, 2] = 1
    bleed_mm: Annotated[float, Field(ge=0, le=20)] = 0
    crop_marks: bool = False


class PdfTable(Table):
    """The PDF standard that badges conform to: none, PDF/X-4 (CMYK) or PDF/UA-1."""

    variant: PdfVariant = ""


class EventTable(Table):
    """The event on the badge. A job may override it."""

    name: str
    place: str = ""
    dates: str = ""


class FontFace(Table):
    """A font file, either of the design (`file = "fonts/My.otf"`) or of Badge Forge (`font:…`)."""

    family: FamilyName
    weight: Annotated[int, Field(ge=100, le=900)] = 400
    file: Annotated[str, Field(pattern=CSS_SAFE)]


class FontsTable(Table):
    """Font families. `fallbacks` are used, if installed, for characters that `families` lack."""

    families: Annotated[list[FamilyName], Field(min_length=1)]
    fallbacks: tuple[FamilyName, ...] = ()
    faces: tuple[FontFace, ...] = ()


FORMER_TYPES = {
    "attendee": BadgeType(),
    "speaker": BadgeType(pattern="arrows"),
    "sponsor": BadgeType(pattern="stripes"),
    "organizer": BadgeType(pattern="squares"),
}
"""The types of a design that declares none, as before designs could."""


class DesignSettings(Table):
    """The model of `design.toml`."""

    name: DesignName
    version: Annotated[str, Field(min_length=1, max_length=20)]
    description: str = ""
    page: PageTable
    pdf: PdfTable = PdfTable()
    event: EventTable
    fonts: FontsTable
    colors: dict[Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")], Color] = Field(default_factory=dict)
    types: Annotated[dict[TypeSlug, BadgeType], Field(min_length=1)] = Field(
        default_factory=FORMER_TYPES.copy
    )

    @model_validator(mode="after")
    def _colors_its_types(self) -> Self:
        """Give each type without a color the color of the same name."""
        for slug, kind in self.types.items():
            if kind.color is None and slug in self.colors:
                self.types[slug] = kind.model_copy(update={"color": self.colors[slug]})
        return self


class Design(Table):
    """A folder with `design.toml`, `badge.html.jinja`, `badge.css` and the files that these use."""

    folder: Path
    settings: DesignSettings

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read and check the design in `folder`.

        Raises `DesignError`, with the file and all wrong settings, if it is invalid.
        """
        folder = folder.resolve()
        for name in (SETTINGS, TEMPLATE, STYLE):
            if not (folder / name).is_file():
                raise DesignError(f"the design {folder.name} is incomplete: {folder / name} is missing")
            if not (folder / name).resolve().is_relative_to(folder):
                raise DesignError(f"{folder / name} links to a file outside the design: copy it there")
        path = folder / SETTINGS
        settings = load_toml(path, folder, DesignSettings, DesignError)
        if settings.name != folder.name:
            raise DesignError(
                f"{path}: name: should be the folder's name, {folder.name!r}, got: {settings.name!r}"
            )
        return cls(folder=folder, settings=settings)

    @property
    def name(self) -> str:
        """Return the name of the design and of its folder."""
        return self.settings.name

    def digest(self) -> str:
        """Return the SHA-256, in hex, of all files of the design. It identifies the exact version.

        Raises `DesignError` if one can't be read.
        """
        digest = hashlib.sha256()
        for folder in (self.folder, PARTS):
            for path in files_of(folder):
                try:
                    content = read_regular(path.resolve(), folder.resolve())
                except (OSError, ValueError) as error:  # replaced meanwhile
                    raise DesignError(f"can't read {path}: {error}") from error
                digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
                digest.update(hashlib.sha256(content).digest())
        return digest.hexdigest()


def files_of(folder: Path) -> Iterator[Path]:
    """Yield the files of a design in a fixed order, without hidden files and links to the outside."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
        if not hidden and path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            yield path


def stamp_of(folder: Path) -> list[tuple[str, int, int]]:
    """Return paths, times and sizes of the files in `folder`: a cheap way to detect changes."""
    found: list[tuple[str, int, int]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                found += stamp_of(Path(entry.path))
            elif entry.is_file():
                status = entry.stat()
                found.append((entry.path, status.st_mtime_ns, status.st_size))
    return sorted(found)


def find(name: str, designs_dir: Path) -> Path:
    """Return the folder of the design `name`, in `designs_dir` or among the shipped designs.

    Raises `UnknownDesignError` if it does not exist.
    """
    for parent in (designs_dir, SHIPPED):
        if (parent / name).is_dir():
            return parent / name
    raise UnknownDesignError(
        f"there is no design {name}; there are {', '.join(names(designs_dir))}; "
        f"`{COMMAND} design new {name}` creates one"
    )


def names(designs_dir: Path) -> list[str]:
    """Return the names of all designs, those in `designs_dir` and the shipped ones."""
    return sorted(
        {path.parent.name for parent in (designs_dir, SHIPPED) for path in parent.glob(f"*/{SETTINGS}")}
    )
