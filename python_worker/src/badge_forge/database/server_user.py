"""The user that the embedded PostgreSQL runs as. PostgreSQL refuses to run as root."""

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
"""The system user that is created and used only if Badge Forge runs as root."""


@dataclass(frozen=True)
class ServerUser:
    """The user of the server. `account` is None for the user of this process."""

    account: pwd.struct_passwd | None

    @classmethod
    def for_this_process(cls) -> Self:
        """Return the current user, or if that is root, the system user. Create it if necessary."""
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
        """Make this user the owner of `path`."""
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def prepare(self, *paths: Path) -> None:
        """Let this user traverse the folders above `paths`.

        Only root may enter its home, where the checkout may be. An access control list admits this user
        alone; a wider mode would admit everyone. Raises `DatabaseError` if that is not possible.
        """
        if not self.account:
            return
        for path in paths:
            for folder in path.parents:
                if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
                    self._allow_traversal(folder)

    def _allow_traversal(self, folder: Path) -> None:
        command = ["setfacl", "--modify", f"user:{NAME}:--x", str(folder)]
        if not shutil.which("setfacl") or subprocess.run(command, check=False).returncode != 0:
            raise DatabaseError(
                f"PostgreSQL does not run as root, and its user {NAME} cannot traverse {folder}: "
                f"install `acl`, or run `chmod o+x {folder}`, or move the checkout"
            )

    def run(
        self, command: list[str], *, check: bool, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` as this user. The result has its output.

        The output goes to files, because a server that `command` starts would keep a pipe open.
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
