"""The confirmed PDF of a badge, as it is in the badges folder now."""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from badge_forge.files import read_regular


class BadgeFile(BaseModel):
    """The confirmed PDF: its name, and what the badges folder has under this name.

    `size` is in bytes. `changed` tells whether the file differs from the confirmed one. Both are None if
    the file is missing, and all three if the folder was not looked at.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    exists: bool | None
    size: int | None
    changed: bool | None


def look_at(path: str, sha256: str | None, badges_dir: Path | None) -> BadgeFile:
    """Look at the confirmed file in `badges_dir`.

    The folder of `path` is ignored, since a row can name any file.
    """
    name = Path(path).name
    if badges_dir is None:
        return BadgeFile(name=name, exists=None, size=None, changed=None)
    try:
        pdf = read_regular(badges_dir.resolve() / name)
    except (OSError, ValueError):  # a name can have a NUL
        return BadgeFile(name=name, exists=False, size=None, changed=None)
    changed = hashlib.sha256(pdf).hexdigest() != sha256
    return BadgeFile(name=name, exists=True, size=len(pdf), changed=changed)
