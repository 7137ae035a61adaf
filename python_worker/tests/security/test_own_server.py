"""The roles can connect to Badge Forge's database, and to no other database of the server."""

import psycopg
import pytest

from badge_forge.cli.db import migrate_and_report
from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url


def in_database(url: str, name: str) -> str:
    return url.rpartition("/")[0] + f"/{name}"


@pytest.mark.parametrize("name", ["postgres", "template1"])
@pytest.mark.parametrize("role", Role)
def test_a_role_creates_nothing_in_another_database_of_the_embedded_server(
    role: Role, name: str, own_server: EmbeddedDatabase
) -> None:
    migrate_and_report(own_server)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(in_database(role_url(own_server.url, role), name))
    psycopg.connect(role_url(own_server.url, role)).close()
    psycopg.connect(in_database(own_server.url, name)).close()


def test_on_a_users_server_db_roles_names_the_databases_that_are_open(
    own_server: EmbeddedDatabase,
) -> None:
    migrate(own_server.url)
    with psycopg.connect(own_server.url, autocommit=True) as owner:
        owner.execute("CREATE DATABASE shop")
    assert "shop" in prepare_roles(own_server.url)
    psycopg.connect(in_database(role_url(own_server.url, Role.WORKER), "shop")).close()
    assert prepare_roles(own_server.url, own_server=True) == []
    assert prepare_roles(own_server.url) == []
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(in_database(role_url(own_server.url, Role.WORKER), "shop"))
