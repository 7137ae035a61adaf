"""Write a badge as a PDF or a picture, and show it in the terminal."""

import os
import sys
from pathlib import Path

from badge_forge.errors import StorageError

SHOWN_LINES = 30
"""Most lines of an image in the terminal."""


def write_picture(path: Path, pdf: bytes, dpi: float, greyscale: bool) -> None:
    """Write a PDF, or as a PNG, a picture of its first page. Raises `StorageError`."""
    from badge_forge.cli.rasterize import rasterize

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Write to a temporary name first, so that a viewer never reads an incomplete file.
        unfinished = path.with_name(f".{path.name}")
        if path.suffix.lower() == ".pdf":
            unfinished.write_bytes(pdf)
        else:
            image = rasterize(pdf, dpi)
            (image.convert("L") if greyscale else image).save(unfinished, "png", dpi=(dpi, dpi))
        unfinished.replace(path)
    except OSError as error:
        raise StorageError(f"can't write {path}: {error.strerror or error}") from error


def show(path: Path) -> None:
    """Show an image in the terminal: sharp if it draws pixels, otherwise in half blocks."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return
    if os.get_terminal_size(sys.stdout.fileno()).columns == 0:  # unknown, as in some containers
        return
    from rich.console import Console
    from textual_image.renderable import Image  # asks the terminal what it can draw

    console = Console()
    console.print(Image(path, width="auto", height=min(SHOWN_LINES, console.height - 2)))
