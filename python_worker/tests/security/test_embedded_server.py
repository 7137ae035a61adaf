"""The embedded server requires a password, and accepts connections from this machine only."""

import ipaddress
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.database.url import parse


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedDatabase]:
    """A server as `badge-forge db up` starts it, with all logging enabled."""
    folder = tmp_path_factory.mktemp("embedded")
    database = EmbeddedDatabase(folder / "postgres", folder / "postgres.log")
    try:
        database.start()
        with psycopg.connect(database.url, autocommit=True) as connection:
            for setting in ("log_statement = 'all'", "log_min_messages = 'debug2'"):
                connection.execute(f"ALTER ROLE badge_forge SET {setting}".encode())
        migrate(database.url)
        prepare_roles(database.url)
        yield database
    finally:
        database.destroy()


@pytest.fixture(scope="module")
def passwords(database: EmbeddedDatabase) -> list[str]:
    urls = [database.url, *(role_url(database.url, role) for role in Role)]
    return [parse(url)["password"] for url in urls]


@pytest.mark.parametrize("user", ["badge_forge", "postgres", *(role.login for role in Role)])
def test_a_connection_without_a_password_is_refused(user: str, database: EmbeddedDatabase) -> None:
    parts = parse(database.url)
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(
            host=parts["host"], port=parts["port"], dbname=parts["dbname"], user=user, passfile="/none"
        )


@pytest.mark.parametrize("user", ["badge_forge", *(role.login for role in Role)])
@pytest.mark.parametrize("guess", ["guess", "badge_forge", "postgres", " "])
def test_a_guessed_password_is_refused(user: str, guess: str, database: EmbeddedDatabase) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database.url, user=user, password=guess)


def test_stored_passwords_are_salted_hashes(database: EmbeddedDatabase, passwords: list[str]) -> None:
    with psycopg.connect(database.url) as connection:
        stored = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolcanlogin").fetchall()
    assert len(stored) == 1 + len(Role)
    assert all(verifier.startswith("SCRAM-SHA-256$4096:") for (verifier,) in stored)
    assert not [verifier for (verifier,) in stored if any(one in verifier for one in passwords)]


def test_every_login_rule_requires_scram(database: EmbeddedDatabase) -> None:
    rules = (database.folder / "data" / "pg_hba.conf").read_text()
    methods = re.findall(r"^(?:local|host)\S*\s.*\s(\S+)$", rules, re.MULTILINE)
    assert methods
    assert set(methods) == {"scram-sha-256"}


def test_no_other_address_of_the_machine_answers(database: EmbeddedDatabase) -> None:
    port = int(parse(database.url)["port"])
    addresses = {
        address.address
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family in (socket.AF_INET, socket.AF_INET6)
    } | {"::1", "127.0.0.2"}
    listening = {
        address
        for address in addresses
        if not ipaddress.ip_address(address.partition("%")[0]).is_link_local and _answers(address, port)
    }
    assert listening == {"127.0.0.1"}


def test_there_is_no_unix_socket(database: EmbeddedDatabase) -> None:
    port = parse(database.url)["port"]
    for folder in (Path("/tmp"), Path("/run/postgresql"), Path("/var/run/postgresql")):
        assert not (folder / f".s.PGSQL.{port}").exists()
    assert not [path for path in database.folder.rglob("*") if stat.S_ISSOCK(path.lstat().st_mode)]


def test_every_server_has_a_different_random_password(
    database: EmbeddedDatabase, server_url: str
) -> None:
    mine, others = (parse(url)["password"] for url in (database.url, server_url))
    assert mine != others
    assert len(mine) >= 32


def test_only_the_owner_can_read_the_password_and_the_log(database: EmbeddedDatabase) -> None:
    for path in (database.folder / "password", database.log):
        assert path.stat().st_mode & 0o077 == 0, path
    assert (database.folder / "data").stat().st_mode & 0o077 == 0


def test_no_other_file_and_no_log_contains_a_password(
    database: EmbeddedDatabase, passwords: list[str]
) -> None:
    assert "ALTER ROLE" in database.log.read_text()
    files = [path for path in (database.log, *database.folder.rglob("*")) if path.is_file()]
    assert len(files) > 100
    with_password = {path for path in files for one in passwords if one.encode() in path.read_bytes()}
    assert with_password == {database.folder / "password"}


def _answers(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0
