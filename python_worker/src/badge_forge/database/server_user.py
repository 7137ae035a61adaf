"""Whom the embedded PostgreSQL runs as: PostgreSQL refuses to be root."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from badge_forge.errors import DatabaseError

NAME = "badge-forge"
"""The system user that is made, and used, only when Badge Forge itself runs as root."""


@dataclass(frozen=True)
class ServerUser:
    """`account` is None when the server runs as whoever we are."""

    account: pwd.struct_passwd | None

    @classmethod
    def for_this_process(cls) -> Self:
        """Return ourselves, or as root the system user, made if need be."""
        if os.geteuid() != 0:
            return cls(None)
        try:
            return cls(pwd.getpwnam(NAME))
        except KeyError:
            subprocess.run(
                ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
                check=True,
                capture_output=True,
            )
            return cls(pwd.getpwnam(NAME))

    def own(self, path: Path) -> None:
        """Give `path` to this user."""
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def prepare(self, *paths: Path) -> None:
        """Let this user pass through the folders above `paths`, and no one else.

        A checkout in root's home lies behind a folder that only root may enter. An access control list
        opens it for this user alone, where a wider mode would open it for all. Raises `DatabaseError`
        if that is not to be had.
        """
        if not self.account:
            return
        for path in paths:
            for folder in path.parents:
                if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
                    self._admit_to(folder)

    def _admit_to(self, folder: Path) -> None:
        command = ["setfacl", "--modify", f"user:{NAME}:--x", str(folder)]
        if not shutil.which("setfacl") or subprocess.run(command, check=False).returncode != 0:
            raise DatabaseError(
                f"PostgreSQL does not run as root, and its user {NAME} can't pass through {folder}: "
                f"install `acl`, or run `chmod o+x {folder}`, or move the checkout"
            )

    def run(
        self, command: list[str], *, check: bool, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` as this user; its output is in the result.

        Goes through files: a server that `command` leaves running would keep a pipe open for ever.
        """
        if self.account:
            options |= {
                "user": self.account.pw_uid,
                "group": self.account.pw_gid,
                "extra_groups": [],
            }
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            result = subprocess.run(
                command, check=False, stdout=output, stderr=errors, text=True, cwd="/", **options
            )
            output.seek(0)
            errors.seek(0)
            result.stdout, result.stderr = output.read(), errors.read()
        if check:
            result.check_returncode()
        return result
