"""Create a login role for each application (`db/roles.sql`), with a derived password.

A role's password is an HMAC of its name, keyed with the owner's password. So it need not be stored, can
be computed from the owner's URL, and does not reveal the owner's password.
"""

import hmac
from enum import StrEnum

import psycopg
from psycopg import sql

from badge_forge.database.url import build, connected, parse, redact
from badge_forge.errors import DatabaseError
from badge_forge.settings import COMMAND, DB

ROLES = DB / "roles.sql"

ATTEMPTS = 20
"""Most attempts. Roles belong to the server but an advisory lock to a database, so runs for several
databases can conflict. One succeeds and the others try again."""

CONFLICTS = (
    psycopg.errors.InternalError_,  # "tuple concurrently updated"
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
)


class Role(StrEnum):
    """An application, by its name on the command line. `login` is the name of its role in PostgreSQL."""

    WORKER = "worker"
    PRINT_CENTER = "print-center"
    DASH = "dash"
    """Oban Web and the views, read-only."""

    @property
    def login(self) -> str:
        """`badge_forge_worker`, `badge_forge_print_center` or `badge_forge_dash`."""
        return f"badge_forge_{self.value.replace('-', '_')}"


def role_url(owner_url: str, role: Role) -> str:
    """Return the URL of `role`, including its password.

    Raises `DatabaseError` if `owner_url` has no password, or if its user is one of the roles.
    """
    parts = parse(owner_url)
    if parts.get("user") in [each.login for each in Role]:
        raise DatabaseError(
            f"the URL of {redact(owner_url)} has the user {parts['user']}: use the URL of the owner"
        )
    # Without a name, libpq connects to the database that is named like the user. The user differs here.
    name = parts.get("dbname") or parts.get("user", "")
    login = {"user": role.login, "password": _password(owner_url, role), "dbname": name}
    return build("postgresql", parts | login)


def prepare_roles(owner_url: str) -> None:
    """Create the roles, grant their rights in this database, and set their passwords.

    Can be run repeatedly, and by several processes at once. Raises `DatabaseError`.
    """
    passwords = {role.login: _password(owner_url, role) for role in Role}
    try:
        with connected(owner_url, autocommit=True) as connection:
            for left in reversed(range(ATTEMPTS)):
                try:
                    _apply(connection, passwords)
                except CONFLICTS:
                    if not left:
                        raise
                else:
                    return
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"cannot prepare the roles of {redact(owner_url)}: {parse(owner_url).get('user')} lacks the "
            f"right ({_reason(error)}); run `{COMMAND} db roles` as a user who can create roles"
        ) from error
    except psycopg.errors.UndefinedTable as error:
        raise DatabaseError(
            f"the database {redact(owner_url)} has no tables yet: run `{COMMAND} db migrate` first"
        ) from error
    except psycopg.Error as error:
        raise DatabaseError(
            f"cannot prepare the roles of {redact(owner_url)}: {_reason(error)}"
        ) from error


def _apply(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    with connection.transaction():
        connection.execute(ROLES.read_bytes())
        for login, password in passwords.items():
            # Salt and hash the password here, so that the server and its log never see it.
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
            f"the URL of {redact(owner_url)} has no password, which the passwords of the roles are "
            "derived from: add it, or prepare the roles by hand (see db/README.md)"
        )
    return hmac.new(owner_password.encode(), role.login.encode(), "sha256").hexdigest()


def _reason(error: psycopg.Error) -> str:
    return error.diag.message_primary or type(error).__name__
