"""The PostgreSQL of `docker-compose.yml`, for applications outside of containers."""

import shutil
import subprocess
from dataclasses import dataclass
from urllib.parse import quote

from badge_forge.errors import DatabaseError
from badge_forge.settings import COMMAND, IN_CHECKOUT, ROOT

SERVICE = "postgres"
PORT = 5432
USER = DATABASE = "badge_forge"
PASSWORD_FILE = "/run/secret/password"  # noqa: S105 — a path, not a password

ANSWER_TIMEOUT_S = 10
START_TIMEOUT_S = 900  # an image may have to be pulled, and that which creates the password built


@dataclass(frozen=True)
class ComposeDatabase:
    """The service `postgres` of `docker-compose.yml`."""

    name = "compose"

    @staticmethod
    def engine_answers() -> bool:
        """Tell whether this is a checkout and a Docker engine with Compose answers."""
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
        """Start the service and wait until it is healthy. Raises `DatabaseError`."""
        result = _compose("up", "--detach", "--wait", SERVICE, timeout_s=START_TIMEOUT_S)
        if result.returncode != 0:
            raise DatabaseError(f"docker compose cannot start {SERVICE}: {_reason(result)}")

    def stop(self) -> None:
        """Stop the service and keep its volume."""
        _compose("stop", SERVICE, timeout_s=START_TIMEOUT_S)

    def in_containers(self) -> bool:
        """Tell whether other services of `docker-compose.yml` run, which use the database."""
        result = _compose("ps", "--services", "--status", "running", timeout_s=ANSWER_TIMEOUT_S)
        return bool(set(result.stdout.split()) - {SERVICE})

    @property
    def url(self) -> str:
        """The owner's URL with its password. Raises `DatabaseError` if the service is not running."""
        address = self._address()
        if address is None:
            raise DatabaseError(f"the compose service postgres is not running: run `{COMMAND} db up`")
        return f"postgresql://{USER}:{quote(self._password(), safe='')}@{address}/{DATABASE}"

    def _address(self) -> str | None:
        result = _compose("port", SERVICE, str(PORT), timeout_s=ANSWER_TIMEOUT_S)
        address = result.stdout.strip()
        return address if result.returncode == 0 and address and not address.endswith(":0") else None

    def _password(self) -> str:
        """Read the password from the container, which generated it. It is stored nowhere else."""
        result = _compose("exec", "-T", SERVICE, "cat", PASSWORD_FILE, timeout_s=ANSWER_TIMEOUT_S)
        if result.returncode != 0:
            raise DatabaseError(
                f"the compose service postgres has no {PASSWORD_FILE}: {_reason(result)}"
            )
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
