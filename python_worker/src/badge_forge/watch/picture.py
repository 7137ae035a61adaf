"""The picture of a badge, read from its PDF."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from badge_forge.errors import InputError
from badge_forge.files import read_regular
from badge_forge.storage import Storage
from badge_forge.views.pictures import first_page
from badge_forge.views.snapshot import LatestJob

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH_PX = 480

_pdfium = threading.Lock()
"""PDFium must not be called by two threads at once."""


def picture(job: LatestJob, badges_dir: Path) -> "Image | None":
    """Return the picture of the badge of `job`, `WIDTH_PX` wide. None if its PDF cannot be read here."""
    try:
        pdf = read_regular(Storage(badges_dir).find_of(job.badge_id, job.name))
        with _pdfium:
            return first_page(pdf, WIDTH_PX)
    except (InputError, OSError, ValueError):
        return None
