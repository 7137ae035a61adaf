"""A URL works in both applications and in the commands, or all refuse it in one line."""

import json
import os
import re
import subprocess

import psycopg
import pytest

from badge_forge.cli.db import migrate_and_report
from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.url import parse
from badge_forge.errors import SettingsError
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


PLACES = re.findall(
    r"\S+",
    r"""
    h/d h:5/d h:00005/d h:65535/d [::1]/d [::1]:5/d h/d%20e h/d%2Fe h/ü %68/d h/d;x h/d?sslmode=disable
    h/d?user=x h/d?port=7 h:5/d?port=7 h/d?host=other h/d?host=%2Ftmp%2Bx /d?host=/run/x
    h/d?sslmode=require&sslmode=disable h/d?password=%2B h/d#frag h:0/d h:99999/d h:123456/d h:/d
    h:54x/d h:-1/d h/ h h/d/e h//d h/d? h/d?port= h/d?sslmode h/d?sslmode= h/d?&user=x
    h/d?sslmode=REQUIRE h/d?SSLMODE=require h/d?user=a+b h/d?host=/tmp/a+b h/d?host=x?y h/d%00 h/d%0a
    h/d%ff h/d%zz h/d% h%1b/d [fe80::1%25eth0]/d [::1/d ::1/d h,i/d h/d?dbname=a%40b h/d?host=a%40b
    h@i/d h/d?options=x /d
    """,
)

PASSWORDS = re.findall(r"\S+", r"a%40b%2F a+b a:b a=b&c p%00 p%ff p% p%zz a#b a?b a/b a[b a\b a|b")

PARTS = ("hostname", "socket_dir", "port", "database", "username", "password", "sslmode")

READ_IN_ELIXIR = """
read = fn url ->
  case BadgeForge.DatabaseURL.options("DATABASE_URL", url) do
    {:ok, options} -> for part <- ~w(PARTS)a, do: options[part] && to_string(options[part])
    {:error, line} -> if String.contains?(line, "\\n"), do: raise(line)
  end
end

System.get_env("URLS") |> Oban.JSON.decode!() |> Enum.map(read) |> Oban.JSON.encode!() |> IO.puts()
""".replace("PARTS", " ".join(PARTS))


def read_in_python(url: str) -> list[str | None] | None:
    try:
        parts = parse(url)
    except SettingsError:
        return None
    host = "socket_dir" if parts["host"].startswith("/") else "hostname"
    found = {
        host: parts["host"],
        "port": str(int(parts.get("port", 5432))),
        "database": parts["dbname"],
        "username": parts["user"],
        "password": parts.get("password"),
        "sslmode": parts.get("sslmode", "prefer"),
    }
    return [found.get(part) for part in PARTS]


def test_both_applications_read_a_url_in_one_way_or_refuse_it() -> None:
    urls = [f"postgresql://u:p@{place}" for place in PLACES]
    urls += [f"postgresql://u:{password}@h/d" for password in PASSWORDS]
    urls += ["postgresql://u@h/d", "postgresql://:p@h/d", "postgresql://h/d", "POSTGRESQL://u:p@h/d"]
    urls += [
        "postgres://u:p@h/d",
        "postgresql://u:p@h/d\n",
        " postgresql://u:p@h/d",
        "u:p@h/d",
        "host=h",
    ]
    result = subprocess.run(
        ["mix", "run", "--no-start", "-e", READ_IN_ELIXIR],
        cwd=ROOT / "elixir_app",
        env=os.environ | {"DATABASE_URL": "postgres://u:p@h/d", "URLS": json.dumps(urls)},
        check=True,
        capture_output=True,
        text=True,
    )
    in_elixir = dict(zip(urls, json.loads(result.stdout.splitlines()[-1]), strict=True))
    in_python = {url: read_in_python(url) for url in urls}
    assert in_elixir == in_python
    refused = [url for url, parts in in_python.items() if parts is None]
    assert 35 < len(refused) < len(urls) - 25


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
