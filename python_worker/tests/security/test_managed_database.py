"""`badge-forge db roles` on a managed database, whose owner is not a superuser."""

import re

import psycopg
import pytest

from badge_forge.cli import main
from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url

NO_SUPERUSER = """
CREATE ROLE manager LOGIN PASSWORD 'managers' CREATEROLE;
CREATE ROLE outsider LOGIN PASSWORD 'outsiders';
"""


@pytest.fixture(scope="module")
def urls(own_server: EmbeddedDatabase) -> dict[str, str]:
    """The URL of each user of a database that `manager` owns; its roles are not prepared yet."""
    with psycopg.connect(own_server.url, autocommit=True) as connection:
        connection.execute(NO_SUPERUSER)
        connection.execute("CREATE DATABASE managed OWNER manager")
    return {
        user: re.sub("//.*@", f"//{user}:{user}s@", own_server.url).rpartition("/")[0] + "/managed"
        for user in ("manager", "outsider")
    }


def db_roles(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[object, str]:
    """Run `db roles`, and return its exit code and error output."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr("sys.argv", ["badge-forge", "db", "roles"])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capsys.readouterr().err


def test_a_database_without_tables_is_reported_with_the_command_to_run(
    urls: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output = db_roles(urls["manager"], monkeypatch, capsys)
    assert code == 1
    assert re.fullmatch(r".*managed has no tables yet: run `bin/badge-forge db migrate` first\n", output)


def test_a_missing_right_to_create_roles_is_reported_on_one_line(
    urls: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output = db_roles(urls["outsider"], monkeypatch, capsys)
    assert code == 1
    assert re.fullmatch(
        r"badge-forge: cannot prepare the roles of 127.0.0.1:\d+/managed: outsider lacks the right "
        r"\(permission denied to create role\); .*as a user who can create roles\n",
        output,
    )


def test_a_url_without_a_password_is_refused_on_one_line(
    urls: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output = db_roles(urls["manager"].replace(":managers@", "@"), monkeypatch, capsys)
    assert code == 1
    assert re.fullmatch(r"badge-forge: .*managed has no password, which .*by hand.*\n", output)


def test_an_owner_without_superuser_rights_can_prepare_the_roles(
    urls: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(urls["manager"])
    code, output = db_roles(urls["manager"], monkeypatch, capsys)
    assert (code, len(output.splitlines())) == (0, 2)
    assert (
        "badge_forge_worker, badge_forge_print_center, badge_forge_dash have access to 127.0.0.1:"
        in output
    )
    assert "`bin/badge-forge db url --role ROLE` prints a role's URL" in output
    prepare_roles(urls["manager"])
    for role in Role:
        with psycopg.connect(role_url(urls["manager"], role), autocommit=True) as connection:
            connection.execute("SELECT FROM oban_jobs")
            for attack in ("DROP TABLE oban_jobs", "CREATE TEMPORARY TABLE mine ()"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(attack.encode())
