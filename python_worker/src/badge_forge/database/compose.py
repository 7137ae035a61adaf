"""The PostgreSQL of `docker-compose.yml`."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from badge_forge.errors import DatabaseError
from badge_forge.settings import ROOT

SERVICE = "postgres"
PORT = 5432
USER = DATABASE = "badge_forge"
PASSWORD_VARIABLE = "POSTGRES_PASSWORD"  # noqa: S105 — its name, not its value

ANSWER_TIMEOUT_S = 10
START_TIMEOUT_S = 300  # an image may have to be pulled first


@dataclass(frozen=True)
class ComposeDatabase:
    """The service `postgres`; its password stands in `.env`, which set-up generates."""

    environment: Path = ROOT / ".env"

    name = "compose"

    @staticmethod
    def engine_answers() -> bool:
        """Tell whether a Docker engine is there that can run compose files."""
        return bool(shutil.which("docker")) and all(
            _docker(*command, timeout_s=ANSWER_TIMEOUT_S).returncode == 0
            for command in (("version",), ("compose", "version"))
        )

    def is_running(self) -> bool:
        """Tell whether the service's port is published."""
        return self._address() is not None

    def start(self) -> None:
        """Start the service and wait until it is healthy. Raises `DatabaseError`."""
        result = _compose("up", "--detach", "--wait", SERVICE, timeout_s=START_TIMEOUT_S)
        if result.returncode != 0:
            reason = result.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise DatabaseError(f"docker compose can't start {SERVICE}: {reason[0].strip()}")

    def stop(self) -> None:
        """Stop the service; its volume stays."""
        _compose("stop", SERVICE, timeout_s=START_TIMEOUT_S)

    @property
    def url(self) -> str:
        """The URL, password included. Raises `DatabaseError` if the service is not up."""
        address = self._address()
        if address is None:
            raise DatabaseError("compose's postgres is not up: run `badge-forge db up`")
        return f"postgresql://{USER}:{quote(self._password(), safe='')}@{address}/{DATABASE}"

    def _address(self) -> str | None:
        result = _compose("port", SERVICE, str(PORT), timeout_s=ANSWER_TIMEOUT_S)
        address = result.stdout.strip()
        return address if result.returncode == 0 and address and not address.endswith(":0") else None

    def _password(self) -> str:
        lines = self.environment.read_text().splitlines() if self.environment.exists() else []
        for line in lines:
            name, _, value = line.partition("=")
            if name.strip() == PASSWORD_VARIABLE and value.strip():
                return value.strip().strip("'\"")
        raise DatabaseError(
            f"{self.environment} sets no {PASSWORD_VARIABLE}: run `make setup`, which generates one"
        )


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
