"""A database URL is shown without its password, whatever characters the password has."""

import pytest

from badge_forge.database.roles import Role, role_url
from badge_forge.database.source import GivenDatabase
from badge_forge.database.url import build, parse, redact
from badge_forge.errors import DatabaseError, SettingsError

ODD = "a%23b%3Fc%25d:e%20f%40g%2Fh"


def test_a_url_is_shown_without_user_and_password() -> None:
    assert redact(f"postgresql://me:{ODD}@db.example:5433/forge") == "db.example:5433/forge"


@pytest.mark.parametrize("password", ["sen/tinel", "sen@tinel", "/tinel", "12/tinel", "sen@/tinel"])
def test_a_password_with_url_delimiters_is_refused_without_showing_it(password: str) -> None:
    with pytest.raises(SettingsError, match="%40 and %2F") as refused:
        redact(f"postgresql://me:{password}@db.example/forge")
    assert "tinel" not in str(refused.value)


def test_parsing_and_building_a_url_changes_nothing() -> None:
    url = f"postgresql://me:{ODD}@db.example:5433/forge?sslmode=require"
    assert parse(build("postgresql", parse(url))) == parse(url)


def test_the_repr_of_a_given_database_has_no_password() -> None:
    assert "hunter2" not in repr(GivenDatabase("postgresql://me:hunter2@db.example/forge"))


def test_the_url_of_a_role_differs_from_the_owners_only_in_user_and_password() -> None:
    url = "postgresql://me:hunter2@db.example:5433/forge?sslmode=require"
    owner, role = parse(url), parse(role_url(url, Role.PRINT_CENTER))
    assert role.pop("user") == "badge_forge_print_center"
    assert role.pop("password") not in ("", owner["password"])
    assert role == {key: value for key, value in owner.items() if key not in ("user", "password")}


def test_each_role_of_each_owner_has_a_different_stable_password() -> None:
    def passwords() -> set[str]:
        owners = ("postgresql://me:hunter2@db/forge", "postgresql://me:hunter3@db/forge")
        return {parse(role_url(url, role))["password"] for url in owners for role in Role}

    assert len(passwords()) == 2 * len(Role)
    assert passwords() == passwords()
    assert not [password for password in passwords() if "hunter" in password]


def test_a_url_without_a_password_derives_no_role_url() -> None:
    with pytest.raises(DatabaseError, match=r"^the URL of db:5432/forge has no password"):
        role_url("postgresql://me@db/forge", Role.WORKER)
