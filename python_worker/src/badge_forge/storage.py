"""Store PDFs in the badges folder: one file per badge, named after the attendee and the badge's id."""

from pathlib import Path

from slugify import slugify

from badge_forge.attendee import Attendee
from badge_forge.errors import StorageError
from badge_forge.files import write_atomically

SLUG_LENGTH = 60
"""Most characters of a slug. With the id, the name stays below the usual limit of 255 bytes."""


class Storage:
    """The badges folder. `write` creates `folder` if it does not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def path_for(self, attendee: Attendee) -> Path:
        """Return the absolute path of the attendee's PDF, whether or not it exists.

        The slug consists of `a-z`, `0-9` and `-`, so a name cannot lead out of the folder. The id
        distinguishes people with the same name.
        """
        slug = slugify(attendee.name, max_length=SLUG_LENGTH, word_boundary=True) or "badge"
        return self.folder / f"{slug}-{attendee.id}.pdf"

    def path_of(self, badge_id: str | None, name: str | None) -> Path:
        """Return the path of a badge's PDF, by the untrusted id and name of a row.

        Raises `InputError` if they cannot be those of a badge.
        """
        args = {"id": badge_id, "name": name, "company": "", "type": "attendee"}
        return self.path_for(Attendee.from_args(args))

    def write(self, attendee: Attendee, pdf: bytes) -> Path:
        """Store `pdf` and return its path. An older PDF of the same name and id is replaced.

        The file appears complete or not at all. It is readable by those who can read the folder, since
        the print center may run as another user. Raises `StorageError`.
        """
        path = self.path_for(attendee)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, pdf, as_folder=True)
        except OSError as error:
            raise StorageError(
                f"cannot write {path}: {error.strerror or error}; the job will be retried"
            ) from error
        return path
