"""A URL works in both applications and in the commands, or all refuse it in one line."""

import os
import re
import subprocess

import psycopg
import pytest

from badge_forge.cli.db import migrate_and_report
from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.url import parse
from badge_forge.settings import ROOT
from helpers import call, run

pytestmark = pytest.mark.usefixtures("elixir")

PASSWORD = "a@b/c:d%e?f#g h"
QUOTED = "a%40b%2Fc%3Ad%25e%3Ff%23g%20h"

WORK = {
    "a-name": "postgresql://owner:{password}@localhost:{port}/{name}",
    "an-ipv6-address": "postgresql://owner:{password}@[::1]:{port}/{name}",
    "a-socket": "postgresql://owner:{password}@{folder}:{port}/{name}",
    "a-socket-as-a-parameter": "postgresql://owner:{password}@/{name}?host={folder}&port={port}",
    "no-tls": "postgres://owner:{password}@127.0.0.1:{port}/{name}?sslmode=disable",
}

REFUSED = {
    "several-hosts": "postgresql://owner:{password}@127.0.0.1:{port},localhost:{port}/{name}",
    "no-host": "postgresql://owner:{password}@/{name}",
    "an-option": "postgresql://owner:{password}@127.0.0.1:{port}/{name}?options=-csearch_path%3Dmine",
    "no-such-sslmode": "postgresql://owner:{password}@127.0.0.1:{port}/{name}?sslmode=nonsense",
    "tls-that-the-server-lacks": "postgresql://owner:{password}@[::1]:{port}/{name}?sslmode=require",
    "another-scheme": "mysql://owner:{password}@127.0.0.1:{port}/{name}",
}

HOSTILE = {
    "PGHOST": "no.invalid",
    "PGPORT": "1",
    "PGOPTIONS": "-csearch_path=mine",
    "PGSSLMODE": "require",
}


@pytest.fixture(scope="module")
def parts(own_server: EmbeddedDatabase) -> dict[str, str]:
    """What the URLs are made of: a server that also listens on ::1 and on a socket."""
    folder = own_server.folder / "Sockets"
    folder.mkdir()
    folder.chmod(0o777)
    own_server.stop()
    with (own_server.folder / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write(
            f"listen_addresses = '127.0.0.1,::1'\nunix_socket_directories = '{folder}'\n"
        )
    own_server.start()
    with psycopg.connect(own_server.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE owner SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
    migrate_and_report(own_server)
    given = parse(own_server.url)
    return {
        "password": QUOTED,
        "folder": str(folder).replace("/", "%2F"),
        "port": given["port"],
        "name": given["dbname"],
    }


def elixir(url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["mix", "run", "-e", ":ok"],
        cwd=ROOT / "elixir_app",
        env=os.environ | {"DATABASE_URL": url} | environment,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("url", "environment"),
    [pytest.param(url, HOSTILE, id=f"{name}-with-PG-variables") for name, url in WORK.items()]
    + [pytest.param(WORK["a-name"], {}, id="a-name-without-PG-variables")],
)
def test_a_url_works_in_both_applications_and_all_commands(
    url: str, environment: dict[str, str], parts: dict[str, str]
) -> None:
    given = url.format(**parts)
    for command in (["db", "migrate"], ["db", "roles"], ["failed"]):
        result = call(*command, DATABASE_URL=given, **environment)
        assert result.returncode == 0, result.stderr
    result = run("db", "psql", "-c", "SELECT 1", DATABASE_URL=given, **environment)
    assert result.returncode == 0, result.stderr
    result = elixir(given, **environment)
    assert result.returncode == 0, result.stderr
    role_url = call("db", "url", "--role", "worker", DATABASE_URL=given, **environment).stdout.strip()
    result = elixir(role_url, **environment)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
def test_a_url_that_one_application_could_not_use_is_refused_in_one_line(
    url: str, parts: dict[str, str]
) -> None:
    given = url.format(**parts)
    for start, command in [
        (call, ["db", "migrate"]),
        (call, ["db", "roles"]),
        (run, ["db", "psql", "-c", "SELECT 1"]),
        (run, ["worker"]),
    ]:
        result = start(*command, DATABASE_URL=given)
        assert result.returncode != 0
        assert re.fullmatch(r"[^\n]+\n", result.stderr), result.stderr
    result = elixir(given)
    assert result.returncode != 0
    assert re.fullmatch(r"[^\n]+\n", result.stderr), result.stderr
