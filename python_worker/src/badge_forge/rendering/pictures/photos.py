"""Load the photos and logos of people, from the folder of their event."""

import errno
from pathlib import Path

from badge_forge.errors import EventError
from badge_forge.files import read_regular
from badge_forge.rendering.bounded import Bounded
from badge_forge.rendering.pictures.loading import Pictures
from badge_forge.rendering.pictures.picture import Picture

KEPT = 8
"""The number of photos that are kept for the next badges: the logo of a sponsor is on several."""

MOST_BYTES = 20 * 2**20
"""Size of the largest file. A photo of 24 megapixels has some ten MiB."""


class Photos:
    """The photos of people. `pictures` decodes them as it does those of the design."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._loaded = Bounded[tuple[Path, int, int], Picture](KEPT)

    def get(self, folder: Path, name: str) -> Picture:
        """Return the picture in the file `name` of an event's `folder`. A changed file is read again.

        Raises `EventError` if it can't be read, and `DesignError` if it can't be drawn.
        """
        path = folder / name
        try:
            status = path.lstat()
            key = path, status.st_mtime_ns, status.st_size
            if key not in self._loaded:
                content = read_regular(path, folder.parent, most_bytes=MOST_BYTES)
                self._loaded[key] = self._pictures.decoded(str(path), content, path.as_uri())
        except OSError as error:
            if error.errno == errno.ENOENT:
                reason = "there is no such file: add the photo"
            else:
                reason = f"can't read it: {error.strerror or error}"
            raise EventError(f"{path}: {reason}; the job will be retried") from None
        return self._loaded[key]
