"""What all kinds of pictures have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from badge_forge.errors import DesignError


class Picture(Protocol):
    """A picture that WeasyPrint can place on a page."""

    def get_intrinsic_size(self, resolution: float, font_size: float) -> Any:
        """Return width and height in CSS pixels, and the aspect ratio; each may be None."""

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draw on a `BadgeStream`, at `width` by `height` CSS pixels. Raises `DesignError`."""


class PictureError(Exception):
    """A picture can't be drawn. The message is the reason, without the name of the file."""


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Raise `DesignError` with the `name` of the picture in place of `PictureError`."""
    try:
        yield
    except PictureError as error:
        raise DesignError(f"{name}: {error}; fix the picture; the job will be retried") from error
