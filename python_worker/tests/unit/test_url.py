"""A URL may be shown without its password, however odd that is."""

import pytest

from badge_forge.database.roles import Role, role_url
from badge_forge.database.source import GivenDatabase
from badge_forge.database.url import build, parse, redact
from badge_forge.errors import DatabaseError, SettingsError

ODD = "a#b?c%25d:e%20f%40g%2Fh"


def test_a_url_is_shown_without_user_and_password() -> None:
    assert redact(f"postgresql://me:{ODD}@db.example:5433/forge") == "db.example:5433/forge"


@pytest.mark.parametrize("password", ["sen/tinel", "sen@tinel", "/tinel", "12/tinel", "sen@/tinel"])
def test_a_password_that_would_pass_for_host_port_or_database_is_refused_unseen(password: str) -> None:
    with pytest.raises(SettingsError, match="%40 and %2F") as refused:
        redact(f"postgresql://me:{password}@db.example/forge")
    assert "tinel" not in str(refused.value)


def test_a_url_taken_apart_and_put_together_is_the_same() -> None:
    url = f"postgresql://me:{ODD}@db.example:5433/forge?sslmode=require"
    assert parse(build("postgresql", parse(url))) == parse(url)


def test_a_given_databases_password_is_in_no_repr() -> None:
    assert "hunter2" not in repr(GivenDatabase("postgresql://me:hunter2@db.example/forge"))


def test_a_roles_url_differs_from_the_owners_in_user_and_password_alone() -> None:
    url = "postgresql://me:hunter2@db.example:5433/forge?sslmode=require"
    owner, role = parse(url), parse(role_url(url, Role.PRINT_CENTER))
    assert role.pop("user") == "badge_forge_print_center"
    assert role.pop("password") not in ("", owner["password"])
    assert role == {key: value for key, value in owner.items() if key not in ("user", "password")}


def test_each_role_and_each_owner_has_a_password_of_its_own_that_is_always_the_same() -> None:
    def passwords() -> set[str]:
        owners = ("postgresql://me:hunter2@db/forge", "postgresql://me:hunter3@db/forge")
        return {parse(role_url(url, role))["password"] for url in owners for role in Role}

    assert len(passwords()) == 2 * len(Role)
    assert passwords() == passwords()
    assert not [password for password in passwords() if "hunter" in password]


def test_a_database_that_is_called_like_its_owner_stays_that_one() -> None:
    assert parse(role_url("postgresql://me:hunter2@db", Role.WORKER))["dbname"] == "me"


def test_without_an_owners_password_there_is_none_to_derive() -> None:
    with pytest.raises(DatabaseError, match=r"^the URL of db:5432/forge has no password"):
        role_url("postgresql://me@db/forge", Role.WORKER)
