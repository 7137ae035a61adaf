"""The embedded server: 127.0.0.1 only, by password only, its data kept."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.url import parse


@pytest.fixture
def database(tmp_path: Path) -> Iterator[EmbeddedDatabase]:
    database = EmbeddedDatabase(tmp_path / "postgres", tmp_path / "postgres.log")
    database.start()
    yield database
    database.destroy()


def test_it_answers_on_127_0_0_1_and_nowhere_else(database: EmbeddedDatabase) -> None:
    with psycopg.connect(database.url) as connection:
        settings = {
            name: connection.execute(f"SHOW {name}".encode()).fetchone()
            for name in ("listen_addresses", "unix_socket_directories")
        }
    assert settings == {"listen_addresses": ("127.0.0.1",), "unix_socket_directories": ("",)}
    assert parse(database.url)["host"] == "127.0.0.1"


def test_a_wrong_password_is_refused_and_stored_ones_are_salted(database: EmbeddedDatabase) -> None:
    password = parse(database.url)["password"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database.url.replace(password, "guess"))
    with psycopg.connect(database.url) as connection:
        row = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolcanlogin").fetchone()
        methods = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert row
    assert row[0].startswith("SCRAM-SHA-256$")
    assert methods == [("scram-sha-256",)]


def test_the_password_is_readable_by_its_owner_alone_and_in_no_process_list(
    database: EmbeddedDatabase,
) -> None:
    password = parse(database.url)["password"]
    for path in database.folder.rglob("*"):
        if path.is_file() and path.stat().st_size < 1000 and password in path.read_text("latin-1"):
            assert path.stat().st_mode & 0o077 == 0, path
    assert password not in database.log.read_text()
    assert not [p for p in psutil.process_iter(["cmdline"]) if password in str(p.info["cmdline"])]


def test_its_data_password_and_port_outlive_a_restart(database: EmbeddedDatabase) -> None:
    url = database.url
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept ()")
    database.stop()
    assert not database.is_running()
    database.start()
    assert database.url == url
    with psycopg.connect(url) as connection:
        connection.execute("SELECT FROM kept")


def test_a_port_that_somebody_took_is_replaced(database: EmbeddedDatabase, tmp_path: Path) -> None:
    other = EmbeddedDatabase(tmp_path / "other", tmp_path / "other.log")
    try:
        other.start()
        other.stop()
        (other.folder / "port").write_text(parse(database.url)["port"])
        other.start()
        assert parse(other.url)["port"] != parse(database.url)["port"]
    finally:
        other.destroy()


def test_a_set_up_that_was_interrupted_is_done_again(tmp_path: Path) -> None:
    database = EmbeddedDatabase(tmp_path / "postgres", tmp_path / "postgres.log")
    half_done = database.folder / "data"
    half_done.mkdir(parents=True)
    (half_done / "PG_VERSION").write_text("18\n")
    try:
        database.start()
        psycopg.connect(database.url).close()
    finally:
        database.destroy()


def test_a_process_id_that_is_somebody_elses_by_now_is_forgotten(
    database: EmbeddedDatabase,
) -> None:
    database.stop()
    pid_file = database.folder / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{database.folder / 'data'}\n0\n1\n\n127.0.0.1\n\nready\n")
    data = (database.folder / "data").stat()
    os.chown(pid_file, data.st_uid, data.st_gid)
    assert not database.is_running()
    database.start()
    psycopg.connect(database.url).close()


def test_a_server_that_was_killed_starts_again(database: EmbeddedDatabase) -> None:
    pid = int((database.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    server = psutil.Process(pid)
    children = server.children()
    subprocess.run(["kill", "-9", str(pid)], check=True)
    psutil.wait_procs([server, *children], timeout=10)
    database.start()
    psycopg.connect(database.url).close()
