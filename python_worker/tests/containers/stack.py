"""The services of `docker-compose.yml`, in a project with separate volumes."""

import json
import os
import subprocess
from dataclasses import dataclass
from typing import Any

import psycopg

from badge_forge.settings import ROOT, VAR
from helpers import HANG_S, eventually

APPLICATIONS = ("python_worker", "elixir_app")


def chosen_oban() -> str:
    """Return `hex` or `stand-in`, as `elixir_app/mix.exs` does."""
    file = VAR / "oban"
    return os.environ.get("OBAN") or (file.read_text().strip() if file.exists() else "hex")


@dataclass(frozen=True)
class Stack:
    """The containers of the compose project `project`, whose PostgreSQL has `port` on 127.0.0.1."""

    project: str
    port: int

    def compose(self, *arguments: str, check: bool = True, timeout_s: float = HANG_S) -> str:
        """Run `docker compose`, and return its output."""
        result = subprocess.run(
            ["docker", "compose", "--project-name", self.project, *arguments],
            cwd=ROOT,
            env=os.environ | self.settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=timeout_s,
        )
        assert not check or result.returncode == 0, f"{arguments}: {result.stdout}"
        return result.stdout

    @property
    def settings(self) -> dict[str, str]:
        """The variables of docker-compose.yml."""
        return {
            "OBAN": chosen_oban(),
            "POSTGRES_PORT": str(self.port),
            "RENDERERS": "1",
            "WALL_PORT": "0",  # any
        }

    def up(self, *arguments: str) -> None:
        """Start what does not run, and wait until every service is healthy."""
        self.compose("up", "--detach", "--wait", *arguments)

    def run_in(self, service: str, *command: str, check: bool = True) -> str:
        """Run a command in a running container."""
        return self.compose("exec", "--no-TTY", service, *command, check=check)

    def rpc(self, expression: str) -> str:
        """Evaluate `expression` in the Elixir app."""
        return self.run_in("elixir_app", "bin/badge_forge", "rpc", expression)

    def containers(self, *services: str) -> list[dict[str, Any]]:
        """Return what `docker inspect` tells of the services' containers, also of stopped ones."""
        ids = self.compose("ps", "--all", "--quiet", *services).split()
        content: list[dict[str, Any]] = json.loads(docker("inspect", *ids))
        return content

    def connect(self) -> psycopg.Connection:
        """Connect as the owner, as soon as PostgreSQL answers."""
        password = self.run_in("postgres", "cat", "/run/secret/password")

        def connect() -> psycopg.Connection | None:
            try:
                return psycopg.connect(
                    host="127.0.0.1",
                    port=self.port,
                    user="badge_forge",
                    password=password,
                    dbname="badge_forge",
                    autocommit=True,
                )
            except psycopg.OperationalError:
                return None

        connection = eventually(connect)
        assert connection
        return connection

    def remove(self) -> None:
        """Remove the containers, the networks and the volumes."""
        self.compose("--profile", "*", "down", "--volumes", "--timeout", "5", check=False)


def docker(*arguments: str) -> str:
    """Run `docker`, and return its output."""
    return subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, check=True, timeout=HANG_S
    ).stdout
