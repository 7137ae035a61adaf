"""Pictures of badges, rendered once from their PDFs and cached as WebP."""

import io
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pypdfium2
from PIL import Image

from badge_forge.files import read_regular

logger = logging.getLogger(__name__)

QUALITY = 80
"""WebP quality, of 100."""

BLURRED_WIDTH_PX = 12
"""Width from which a blurred picture is enlarged: colours remain, but no letter and no QR code."""

MOST_PIXELS = 20_000_000
"""Pixels of the largest picture: 80 MB while it is rendered."""

CACHE_BYTES = 200 * 2**20
"""Size of the cache above which the oldest pictures are deleted."""

CACHE_PRUNED = 0.8
"""The part of it that remains."""


class Pictures:
    """The pictures of the PDFs in `badges_dir`, cached in `cache`. A changed PDF gets a new picture.

    The cache holds at most `cache_bytes`. On a full disk, pictures are rendered each time. Only one
    thread may call `webp`: pdfium is not safe for more.
    """

    def __init__(self, badges_dir: Path, cache: Path, cache_bytes: int = CACHE_BYTES) -> None:
        self._badges_dir = badges_dir.resolve()
        self._cache = cache
        self._cache_bytes = cache_bytes
        self._used_bytes: int | None = None

    def webp(self, name: str, width_px: int, blurred: bool = False) -> bytes:
        """Return the first page of the PDF `name` in the badges folder, `width_px` wide.

        Nothing can be read in a `blurred` picture. Raises `OSError` if the PDF is missing or not a
        regular file, and `ValueError` if `name` is not the name of a PDF or the file cannot be read as
        one.
        """
        if (kept := self.cached(name, width_px, blurred)) is not None:
            return kept
        picture = _rendered(read_regular(self._badges_dir / name), width_px, blurred)
        try:
            self._keep(self._cached_path(name, width_px, blurred), picture)
        except OSError as error:
            logger.debug("picture not cached", exc_info=error)
        return picture

    def cached(self, name: str, width_px: int, blurred: bool = False) -> bytes | None:
        """Return what `webp` would, or None if that is not in the cache. Any thread may call this."""
        with suppress(FileNotFoundError, NotADirectoryError):
            picture = read_regular(self._cached_path(name, width_px, blurred))
            return picture if _is_complete(picture) else None
        return None

    def _cached_path(self, name: str, width_px: int, blurred: bool) -> Path:
        if Path(name).name != name or not name.endswith(".pdf"):
            raise ValueError(f"{name} is not the name of a PDF")
        path = self._badges_dir / name
        kind = "-blurred" if blurred else ""
        return self._cache / f"{path.stem}-{path.lstat().st_mtime_ns}-{width_px}{kind}.webp"

    def _keep(self, cached: Path, picture: bytes) -> None:
        self._cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._used_bytes is None:
            self._used_bytes = sum(path.stat().st_size for path in self._cache.iterdir())
        # Not synced: that would slow down the worker, which syncs each PDF. See `_is_complete`.
        temporary = cached.with_suffix(".tmp")
        temporary.write_bytes(picture)
        temporary.replace(cached)
        self._used_bytes += len(picture)
        if self._used_bytes > self._cache_bytes:
            self._used_bytes = _prune(self._cache, int(self._cache_bytes * CACHE_PRUNED))


def _is_complete(picture: bytes) -> bool:
    """Tell whether a WebP has the length that its header says. A power cut can shorten it."""
    return picture[:4] == b"RIFF" and len(picture) == int.from_bytes(picture[4:8], "little") + 8


def _prune(folder: Path, most_bytes: int) -> int:
    """Delete the oldest files in `folder` until it has `most_bytes`. Returns how many it has."""
    files = sorted((status.st_mtime, status.st_size, path) for path, status in _files(folder))
    used = sum(size for _changed, size, _path in files)
    for _changed, size, path in files:
        if used <= most_bytes:
            break
        path.unlink(missing_ok=True)
        used -= size
    return used


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            yield path, path.stat()


def _rendered(pdf: bytes, width_px: int, blurred: bool) -> bytes:
    image = first_page(pdf, BLURRED_WIDTH_PX if blurred else width_px)
    if blurred:
        height_px = _height_px(width_px, image.size)
        image = image.resize((width_px, height_px), Image.Resampling.BICUBIC)
    output = io.BytesIO()
    image.save(output, "WEBP", quality=QUALITY, method=2)
    return output.getvalue()


def first_page(pdf: bytes, width_px: int) -> Image.Image:
    """Return the first page of `pdf` as an RGB image, `width_px` wide. Raises `ValueError`."""
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            page = document[0]
            _height_px(width_px, page.get_size())
            image: Image.Image = page.render(scale=width_px / page.get_width()).to_pil().convert("RGB")
            return image
    except pypdfium2.PdfiumError as error:
        raise ValueError(f"the PDF cannot be read: {error}") from None


def _height_px(width_px: int, size: tuple[float, float]) -> int:
    """Return the height of a picture of a page of `size`. Raises `ValueError` above `MOST_PIXELS`."""
    width, height = size
    height_px = round(width_px * height / width)
    if width_px * height_px > MOST_PIXELS:
        raise ValueError(f"the page is too long for a picture: {height:.0f} high, {width:.0f} wide")
    return height_px
