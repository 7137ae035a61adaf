"""Pictures of badges, rendered once from their PDFs and cached as WebP."""

import io
from pathlib import Path

import pypdfium2
from PIL import Image

from badge_forge.files import read_regular, write_atomically

QUALITY = 80
"""WebP quality, of 100."""


class Pictures:
    """The pictures of the PDFs in `badges_dir`, cached in `cache`. A changed PDF gets a new picture."""

    def __init__(self, badges_dir: Path, cache: Path) -> None:
        self._badges_dir = badges_dir.resolve()
        self._cache = cache

    def webp(self, name: str, width_px: int) -> bytes:
        """Return the first page of the PDF `name` in the badges folder, `width_px` wide.

        Raises `OSError` if the PDF is missing or not a regular file, and `ValueError` if `name` is not
        the name of a PDF or the file cannot be read as one.
        """
        if Path(name).name != name or not name.endswith(".pdf"):
            raise ValueError(f"{name} is not the name of a PDF")
        path = self._badges_dir / name
        changed_ns = path.lstat().st_mtime_ns
        cached = self._cache / f"{path.stem}-{changed_ns}-{width_px}.webp"
        try:
            return read_regular(cached)
        except FileNotFoundError:
            picture = _rendered(read_regular(path), width_px)
        self._cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(cached, picture, mode=0o600)
        return picture


def _rendered(pdf: bytes, width_px: int) -> bytes:
    image = first_page(pdf, width_px)
    output = io.BytesIO()
    image.save(output, "WEBP", quality=QUALITY, method=2)
    return output.getvalue()


def first_page(pdf: bytes, width_px: int) -> Image.Image:
    """Return the first page of `pdf` as an RGB image, `width_px` wide. Raises `ValueError`."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise ValueError(f"the PDF cannot be read: {error}") from None
    try:
        page = document[0]
        image: Image.Image = page.render(scale=width_px / page.get_width()).to_pil().convert("RGB")
        return image
    finally:
        document.close()
