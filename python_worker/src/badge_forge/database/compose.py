"""The PostgreSQL of `docker-compose.yml`."""

import shutil
import subprocess
from dataclasses import dataclass
from urllib.parse import quote

from badge_forge.errors import DatabaseError
from badge_forge.settings import IN_CHECKOUT, ROOT

SERVICE = "postgres"
PORT = 5432
USER = DATABASE = "badge_forge"
PASSWORD_FILE = "/run/secret/password"  # noqa: S105 — where it is, not what

ANSWER_TIMEOUT_S = 10
START_TIMEOUT_S = 300  # an image may have to be pulled first


@dataclass(frozen=True)
class ComposeDatabase:
    """The service `postgres`."""

    name = "compose"

    @staticmethod
    def engine_answers() -> bool:
        """Tell whether a Docker engine is there that can run compose files, and ours is there too."""
        return (
            IN_CHECKOUT
            and bool(shutil.which("docker"))
            and all(
                _docker(*command, timeout_s=ANSWER_TIMEOUT_S).returncode == 0
                for command in (("version",), ("compose", "version"))
            )
        )

    def is_running(self) -> bool:
        """Tell whether the service's port is published."""
        return self._address() is not None

    def start(self) -> None:
        """Start the service, and wait until it is healthy, up or not. Raises `DatabaseError`."""
        result = _compose("up", "--detach", "--wait", SERVICE, timeout_s=START_TIMEOUT_S)
        if result.returncode != 0:
            raise DatabaseError(f"docker compose can't start {SERVICE}: {_reason(result)}")

    def stop(self) -> None:
        """Stop the service; its volume stays."""
        _compose("stop", SERVICE, timeout_s=START_TIMEOUT_S)

    @property
    def url(self) -> str:
        """The URL, password included. Raises `DatabaseError` if the service is not up."""
        address = self._address()
        if address is None:
            raise DatabaseError("compose's postgres is not up: run `bin/badge-forge db up`")
        return f"postgresql://{USER}:{quote(self._password(), safe='')}@{address}/{DATABASE}"

    def _address(self) -> str | None:
        result = _compose("port", SERVICE, str(PORT), timeout_s=ANSWER_TIMEOUT_S)
        address = result.stdout.strip()
        return address if result.returncode == 0 and address and not address.endswith(":0") else None

    def _password(self) -> str:
        """Ask the container: the password was generated in there, and lies nowhere else."""
        result = _compose("exec", "-T", SERVICE, "cat", PASSWORD_FILE, timeout_s=ANSWER_TIMEOUT_S)
        if result.returncode != 0:
            raise DatabaseError(f"compose's postgres has no {PASSWORD_FILE}: {_reason(result)}")
        return result.stdout.strip()


def _reason(result: subprocess.CompletedProcess[str]) -> str:
    lines = result.stderr.strip().splitlines()
    return lines[-1].strip() if lines else f"exit code {result.returncode}"


def _compose(*arguments: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
    return _docker("compose", "--project-directory", str(ROOT), *arguments, timeout_s=timeout_s)


def _docker(*arguments: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
    command = ["docker", *arguments]
    try:
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {timeout_s:g} s")
