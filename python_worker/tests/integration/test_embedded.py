"""The embedded server keeps its data, and starts again after a failure."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.url import parse
from helpers import still_alive

CopiedServer = Callable[[Path], EmbeddedDatabase]


@pytest.fixture
def database(copied_server: CopiedServer, tmp_path: Path) -> Iterator[EmbeddedDatabase]:
    database = copied_server(tmp_path / "postgres")
    database.start()
    yield database
    database.destroy()


def test_data_password_and_port_survive_a_restart(database: EmbeddedDatabase) -> None:
    url = database.url
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept ()")
    database.stop()
    assert not database.is_running()
    database.start()
    assert database.url == url
    with psycopg.connect(url) as connection:
        connection.execute("SELECT FROM kept")


def test_a_port_in_use_is_replaced(
    database: EmbeddedDatabase, copied_server: CopiedServer, tmp_path: Path
) -> None:
    other = copied_server(tmp_path / "other")
    try:
        (other.folder / "port").write_text(parse(database.url)["port"])
        other.start()
        assert parse(other.url)["port"] != parse(database.url)["port"]
    finally:
        other.destroy()


def test_an_interrupted_setup_is_repeated(tmp_path: Path) -> None:
    database = EmbeddedDatabase(tmp_path / "postgres", tmp_path / "postgres.log")
    half_done = database.folder / "data"
    half_done.mkdir(parents=True)
    (half_done / "PG_VERSION").write_text("18\n")
    try:
        database.start()
        psycopg.connect(database.url).close()
    finally:
        database.destroy()


def test_a_pid_file_with_the_id_of_another_process_is_ignored(
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


def test_a_killed_server_starts_again(database: EmbeddedDatabase) -> None:
    pid = int((database.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    server = psutil.Process(pid)
    children = server.children()
    subprocess.run(["kill", "-9", str(pid)], check=True)
    assert still_alive([server, *children]) == []
    database.start()
    psycopg.connect(database.url).close()
