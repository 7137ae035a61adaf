"""Where PDFs live: one file a badge, named by slug and id, written whole or not at all."""

from pathlib import Path

from slugify import slugify

from badge_forge.attendee import Attendee
from badge_forge.errors import StorageError
from badge_forge.files import write_atomically

SLUG_LENGTH = 60
"""The longest slug, in characters: with the id, well under any file system's limit of 255 bytes."""


class Storage:
    """The badges folder. `folder` is made if it does not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def path_for(self, attendee: Attendee) -> Path:
        """Return the absolute path of the attendee's PDF, whether or not it exists.

        Only `a-z`, `0-9` and `-` of a name survive in the slug, so no name leads out of the folder; the
        id keeps two people of one name apart.
        """
        slug = slugify(attendee.name, max_length=SLUG_LENGTH, word_boundary=True) or "badge"
        return self.folder / f"{slug}-{attendee.id}.pdf"

    def write(self, attendee: Attendee, pdf: bytes) -> Path:
        """Store `pdf` and return its path; an older PDF of the same name and id is replaced.

        Nobody ever sees half a PDF, and the print center's user can read it, as everybody can. Raises
        `StorageError`.
        """
        path = self.path_for(attendee)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, pdf)
        except OSError as error:
            raise StorageError(
                f"can't write {path}: {error.strerror or error}; the job will be tried again"
            ) from error
        return path
