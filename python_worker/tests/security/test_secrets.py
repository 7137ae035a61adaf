"""A failure shows no password in a log, an error or the process list."""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from badge_forge.cli import main
from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.database.url import parse
from badge_forge.demo.processes import Application, stopped_together
from badge_forge.errors import WorldError
from badge_forge.settings import ROOT
from helpers import HANG_S, badge_args, enqueue, eventually, run, states

SENTINEL = "sentinel%20pass%3Aword"
SHOWN = re.compile("sentinel|pass:word|pass%3Aword")

LOUD = {"LOG_LEVEL": "debug", "RENDERERS": "1"}


@pytest.fixture(scope="module")
def server(own_server: EmbeddedDatabase) -> EmbeddedDatabase:
    """A separate server, because these tests stop it and change its roles."""
    migrate(own_server.url)
    prepare_roles(own_server.url)
    return own_server


FAILURES: dict[str, Callable[[str], str]] = {
    "wrong-password": lambda url: re.sub(r":[^:@]+@", f":{SENTINEL}@", url),
    "no-such-user": lambda url: re.sub(r"//.*@", f"//unknown:{SENTINEL}@", url),
    "no-server": lambda url: f"postgresql://me:{SENTINEL}@127.0.0.1:1/forge",
    "no-such-host": lambda url: f"postgresql://me:{SENTINEL}@no.invalid/forge",
    "no-such-option": lambda url: f"{url}?password={SENTINEL}&sslmode=nonsense",
    "invalid-port": lambda url: f"postgresql://me:{SENTINEL}@127.0.0.1:port/forge",
    "slash-in-the-password": lambda url: "postgresql://me:12/sentinel@127.0.0.1:1/forge",
    "at-sign-in-the-password": lambda url: "postgresql://me:12@sentinel@127.0.0.1:1/forge",
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("command", ["migrate", "status", "roles"])
def test_no_connection_error_shows_the_password_even_with_debug(
    failure: str,
    command: str,
    server: EmbeddedDatabase,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("DATABASE_URL", FAILURES[failure](server.url))
    monkeypatch.setattr("sys.argv", ["badge-forge", "--debug", "db", command])
    with pytest.raises(SystemExit, match="1"):
        main()
    assert "Traceback" in caplog.text
    assert not SHOWN.search(caplog.text + "".join(capsys.readouterr()))


def test_a_worker_that_cannot_log_in_shows_no_password_even_with_debug(
    server: EmbeddedDatabase,
) -> None:
    result = run("--debug", "worker", DATABASE_URL=FAILURES["wrong-password"](server.url), **LOUD)
    assert result.returncode == 1
    assert "Traceback" in result.stderr
    assert not SHOWN.search(result.stdout + result.stderr)


@pytest.mark.usefixtures("elixir")
@pytest.mark.parametrize("failure", ["wrong-password", "slash-in-the-password"])
def test_an_elixir_app_that_cannot_log_in_shows_no_password(
    failure: str, server: EmbeddedDatabase, tmp_path: Path
) -> None:
    environment = os.environ | LOUD | {"DATABASE_URL": FAILURES[failure](server.url)}
    log = tmp_path / "elixir.log"
    app = Application("the app", ("mix", "run", "--no-halt"), ROOT / "elixir_app", log, environment)
    with stopped_together([app], grace_s=0), pytest.raises(WorldError, match="exit code 1") as ended:
        app.require_success(HANG_S)
    assert not SHOWN.search(log.read_text() + str(ended.value))


@pytest.mark.usefixtures("elixir")
def test_applications_show_no_password_when_their_server_stops_and_recover(
    server: EmbeddedDatabase, tmp_path: Path
) -> None:
    common = os.environ | LOUD | {"BADGE_FORGE_VAR": str(tmp_path)}
    urls = {role: role_url(server.url, role) for role in Role}
    passwords = [parse(url)["password"] for url in (server.url, *urls.values())]

    def start(role: Role, folder: Path, *command: str) -> Application:
        environment = common | {"DATABASE_URL": urls[role]}
        return Application(role, command, folder, tmp_path / f"{role}.log", environment)

    applications = [
        start(Role.WORKER, ROOT, sys.executable, "-m", "badge_forge", "--debug", "worker"),
        start(Role.PRINT_CENTER, ROOT / "elixir_app", "mix", "run", "--no-halt"),
    ]
    with stopped_together(applications, grace_s=HANG_S):
        for printed in (1, 2):
            with psycopg.connect(server.url, autocommit=True) as owner:
                enqueue(owner, badge_args())
                eventually(lambda: states(owner, "printing") == {"completed": printed})  # noqa: B023
                # The process list, which every user of the machine can read.
                shown = str([process.info for process in psutil.process_iter(["cmdline", "name"])])
            server.stop()
            if printed == 1:
                server.start()
    logs = [*tmp_path.glob("*.log"), server.log]
    logged = "\n".join(path.read_text() for path in logs)
    assert "terminating connection due to administrator command" in logged
    assert "permission denied" not in logged
    assert not [password for password in passwords if password in logged + shown]
    server.start()
