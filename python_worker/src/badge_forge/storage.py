"""Store PDFs in the badges folder: one file per badge, named after the attendee and the badge's id."""

import re
import time
from contextlib import suppress
from pathlib import Path

from slugify import slugify

from badge_forge.attendee import Attendee
from badge_forge.errors import StorageError
from badge_forge.files import write_atomically

SLUG_LENGTH = 60
"""Most characters of a slug. With the id, the name stays below the usual limit of 255 bytes."""

UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
LATER_VERSION = re.compile(rf"--v([1-9][0-9]{{0,8}})-({UUID})\.pdf$")

LOOK_AGAIN_S = 1.0


class Storage:
    """The badges folder. `write` creates `folder` if it does not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._later: dict[str, Path] = {}
        self._looked_at = float("-inf")

    def path_for(self, attendee: Attendee, version: int = 1) -> Path:
        """Return the absolute path of the attendee's PDF, whether or not it exists.

        The slug consists of `a-z`, `0-9` and `-`, so a name cannot lead out of the folder. The id
        distinguishes people with the same name. A later `version` of a badge has its own name, so that
        a late attempt to render an earlier one can't replace it. A slug never contains `--`.
        """
        slug = slugify(attendee.name, max_length=SLUG_LENGTH, word_boundary=True) or "badge"
        return self.folder / f"{slug}{f'--v{version}' if version > 1 else ''}-{attendee.id}.pdf"

    def find(self, attendee: Attendee) -> Path:
        """Return the path of the newest version of the attendee's PDF, whether or not it exists.

        Later versions are looked for at most once in `LOOK_AGAIN_S`.
        """
        return self._later_versions().get(attendee.id) or self.path_for(attendee)

    def find_of(self, badge_id: str | None, name: str | None) -> Path:
        """Do the same as `find`, by the untrusted id and name of a row.

        Raises `InputError` if they cannot be those of a badge.
        """
        args = {"id": badge_id, "name": name, "company": "", "type": "attendee"}
        return self.find(Attendee.from_args(args))

    def write(self, attendee: Attendee, pdf: bytes, version: int = 1) -> Path:
        """Store `pdf` and return its path. An older PDF of the same name and id is replaced.

        The file appears complete or not at all. It is readable by those who can read the folder, since
        the print center may run as another user. Raises `StorageError`.
        """
        path = self.path_for(attendee, version)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, pdf, as_folder=True)
        except OSError as error:
            raise StorageError(
                f"cannot write {path}: {error.strerror or error}; the job will be retried"
            ) from error
        return path

    def remove_earlier(self, attendee: Attendee, version: int) -> None:
        """Remove the PDFs of earlier versions of the badge. One that can't be removed stays."""
        for path in self.folder.glob(f"*-{attendee.id}.pdf"):
            if _version_of(path) < version:
                with suppress(OSError):
                    path.unlink()

    def _later_versions(self) -> dict[str, Path]:
        """Return the PDF of each badge that has a version after the first, by its id."""
        if time.monotonic() - self._looked_at >= LOOK_AGAIN_S:
            newest: dict[str, tuple[int, Path]] = {}
            with suppress(OSError):
                for path in self.folder.iterdir():
                    if found := LATER_VERSION.search(path.name):
                        newest[found[2]] = max((int(found[1]), path), newest.get(found[2], (0, path)))
            self._later = {badge: path for badge, (_version, path) in newest.items()}
            self._looked_at = time.monotonic()
        return self._later


def _version_of(path: Path) -> int:
    found = LATER_VERSION.search(path.name)
    return int(found[1]) if found else 1
