"""A design: a folder that says how a badge looks. Found by name, checked, read once."""

import hashlib
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from badge_forge.attendee import DesignName
from badge_forge.errors import DesignError, UnknownDesignError

SHIPPED = Path(__file__).parent
"""The designs that come with Badge Forge."""

PARTS = SHIPPED / "parts"
"""What templates of any design may include: the event's mark, the skyline, the patterns of the types."""

TEMPLATE, STYLE, SETTINGS = "badge.html.jinja", "badge.css", "design.toml"

CSS_SAFE = r'^[^"\\\x00-\x1f]+$'
"""What stands in quotes in a style sheet, and stays there."""

FamilyName = Annotated[str, Field(pattern=r'^[^"\\,\x00-\x1f]+$', max_length=100)]
PdfVariant = Literal["", "pdf/x-4", "pdf/ua-1"]
Percent = Annotated[float, Field(ge=0, le=100)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageTable(_Table):
    """The trimmed page in mm, and what the print shop gets around it."""

    width_mm: Annotated[float, Field(ge=20, le=1_000)]
    height_mm: Annotated[float, Field(ge=20, le=1_000)]
    pages: Literal[1, 2] = 1
    bleed_mm: Annotated[float, Field(ge=0, le=20)] = 0
    crop_marks: bool = False


class PdfTable(_Table):
    """`variant` is what a badge claims to be: nothing, PDF/X-4 in CMYK, or PDF/UA-1."""

    variant: PdfVariant = ""


class EventTable(_Table):
    """What the badge says of the event, unless a job names another one."""

    name: str
    place: str = ""
    dates: str = ""


class FontFace(_Table):
    """A font file of the design (`file = "fonts/My.otf"`), or of Badge Forge (`font:…`)."""

    family: FamilyName
    weight: Annotated[int, Field(ge=100, le=900)] = 400
    file: Annotated[str, Field(pattern=CSS_SAFE)]


class FontsTable(_Table):
    """`families` must be there; `fallbacks` serve, if installed, what those do not draw."""

    families: Annotated[list[FamilyName], Field(min_length=1)]
    fallbacks: list[FamilyName] = []
    faces: list[FontFace] = []


class Color(_Table):
    """One colour for screens and desk printers, `#rrggbb`, and for the press, CMYK in percent."""

    rgb: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
    cmyk: tuple[Percent, Percent, Percent, Percent]

    def css(self, variant: PdfVariant) -> str:
        """Return the colour as CSS has it, in the colour space that `variant` prints in."""
        if variant == "pdf/x-4":
            return f"device-cmyk({' '.join(f'{ink:g}%' for ink in self.cmyk)})"
        return self.rgb


class DesignSettings(_Table):
    """The model of `design.toml`."""

    name: DesignName
    version: Annotated[str, Field(min_length=1, max_length=20)]
    description: str = ""
    page: PageTable
    pdf: PdfTable = PdfTable()
    event: EventTable
    fonts: FontsTable
    colors: dict[Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")], Color] = {}


class Design(_Table):
    """A folder with `design.toml`, `badge.html.jinja`, `badge.css` and whatever those use."""

    folder: Path
    settings: DesignSettings

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read and check the design in `folder`.

        Raises `DesignError`, which names the file and each setting at fault.
        """
        folder = folder.resolve()
        for name in (SETTINGS, TEMPLATE, STYLE):
            if not (folder / name).is_file():
                raise DesignError(f"{folder.name} is no design yet: {folder / name} is missing")
            if not (folder / name).resolve().is_relative_to(folder):
                raise DesignError(f"{folder / name} is a link to a file that is not the design's")
        path = folder / SETTINGS
        try:
            settings = DesignSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise DesignError(f"{path}: {error}") from error
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, problem['loc']))}: {problem['msg'].removeprefix('Input ')}"
                for problem in error.errors(include_url=False)
            )
            raise DesignError(f"{path}: {problems}") from None
        if settings.name != folder.name:
            raise DesignError(
                f"{path}: name: should be that of its folder, {folder.name}, got {settings.name!r}"
            )
        return cls(folder=folder, settings=settings)

    @property
    def name(self) -> str:
        """Return the name, which is the folder's too."""
        return self.settings.name

    def digest(self) -> str:
        """Return the SHA-256, in hex, of the files that make the design: it tells versions apart."""
        digest = hashlib.sha256()
        for folder in (self.folder, PARTS):
            for path in files_of(folder):
                digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def files_of(folder: Path) -> Iterator[Path]:
    """Yield a design's files, in a fixed order, without those that a link points to elsewhere."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
        if not hidden and path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            yield path


def stamp_of(folder: Path) -> list[tuple[str, int, int]]:
    """Return what changes when a file of the design in `folder` does: cheap to ask for at each badge."""
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
    """Return the folder of the design `name`: one in `designs_dir`, or else a shipped one.

    Raises `UnknownDesignError`.
    """
    for parent in (designs_dir, SHIPPED):
        if (parent / name).is_dir():
            return parent / name
    raise UnknownDesignError(
        f"there is no design {name}; there are {', '.join(names(designs_dir))} "
        f"(bin/badge-forge design new {name} makes one)"
    )


def names(designs_dir: Path) -> list[str]:
    """Return the names of all designs: of those in `designs_dir` and of the shipped ones."""
    return sorted(
        {path.parent.name for parent in (designs_dir, SHIPPED) for path in parent.glob(f"*/{SETTINGS}")}
    )
