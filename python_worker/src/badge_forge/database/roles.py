"""One login role for each application: `db/roles.sql`, and passwords that nobody has to keep.

A role's password is derived from the owner's. So whoever has the owner's URL can tell each application
its own, and an application's tells nothing about the owner's.
"""

import hmac
from enum import StrEnum

import psycopg
from psycopg import sql

from badge_forge.database.url import build, connected, parse, redact
from badge_forge.errors import DatabaseError
from badge_forge.settings import DB

ROLES = DB / "roles.sql"

ATTEMPTS = 20
"""Roles belong to the server, where no lock of ours reaches: an advisory lock is one database's. Of
those who prepare them at once one gets through, and the others have to try again."""

ANOTHER_WAS_FASTER = (
    psycopg.errors.InternalError_,  # "tuple concurrently updated"
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
)


class Role(StrEnum):
    """An application, as the command line calls it. Its `login` is its role in PostgreSQL."""

    WORKER = "worker"
    PRINT_CENTER = "print-center"
    DASH = "dash"
    """Oban Web, read-only."""

    @property
    def login(self) -> str:
        """`badge_forge_worker`, `badge_forge_print_center` or `badge_forge_dash`."""
        return f"badge_forge_{self.value.replace('-', '_')}"


def role_url(owner_url: str, role: Role) -> str:
    """Return the URL with which `role` connects, password included.

    Raises `DatabaseError` if `owner_url` has no password, or is a role's own.
    """
    parts = parse(owner_url)
    if parts.get("user") in [each.login for each in Role]:
        raise DatabaseError(
            f"the URL of {redact(owner_url)} is that of {parts['user']} already: the owner's is needed"
        )
    # Without a name, a database is called like the user, who is another one here.
    name = parts.get("dbname") or parts.get("user", "")
    login = {"user": role.login, "password": _password(owner_url, role), "dbname": name}
    return build("postgresql", parts | login)


def prepare_roles(owner_url: str) -> None:
    """Create the roles, give them their rights in this database, and set their passwords.

    Safe to run again, and at the same time as somebody else. Raises `DatabaseError`.
    """
    passwords = {role.login: _password(owner_url, role) for role in Role}
    try:
        with connected(owner_url, autocommit=True) as connection:
            for left in reversed(range(ATTEMPTS)):
                try:
                    _apply(connection, passwords)
                except ANOTHER_WAS_FASTER:
                    if not left:
                        raise
                else:
                    return
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"the roles of {redact(owner_url)} can't be prepared: {parse(owner_url).get('user')} lacks "
            f"the right ({_reason(error)}); run `bin/badge-forge db roles` as who may create roles"
        ) from error
    except psycopg.errors.UndefinedTable as error:
        raise DatabaseError(
            f"{redact(owner_url)} has no tables yet: run `bin/badge-forge db migrate` first"
        ) from error
    except psycopg.Error as error:
        raise DatabaseError(
            f"the roles of {redact(owner_url)} can't be prepared: {_reason(error)}"
        ) from error


def _apply(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    with connection.transaction():
        connection.execute(ROLES.read_bytes())
        for login, password in passwords.items():
            # Salted and hashed here: the server, and its log, never get to see the password itself.
            verifier = connection.pgconn.encrypt_password(
                password.encode(), login.encode(), b"scram-sha-256"
            )
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    sql.Identifier(login), sql.Literal(verifier.decode())
                )
            )


def _password(owner_url: str, role: Role) -> str:
    owner_password = parse(owner_url).get("password")
    if not owner_password:
        raise DatabaseError(
            f"the URL of {redact(owner_url)} has no password to derive those of the roles from: "
            "add the owner's, or prepare the roles by hand, as db/README.md says"
        )
    return hmac.new(owner_password.encode(), role.login.encode(), "sha256").hexdigest()


def _reason(error: psycopg.Error) -> str:
    return error.diag.message_primary or type(error).__name__
