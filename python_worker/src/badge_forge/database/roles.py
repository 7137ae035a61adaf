"""Create a login role for each application (`db/roles.sql`), with a derived password.

A role's password is an HMAC of its name, keyed with the owner's password. So it need not be stored, can
be computed from the owner's URL, and does not reveal the owner's password.
"""

import hmac
from collections.abc import Iterable
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

OPEN_DATABASES = """
SELECT DISTINCT datname
FROM pg_database, unnest(%s::text[]) AS login
WHERE datallowconn
  AND datname <> current_database()
  AND has_database_privilege(login, pg_database.oid, 'CONNECT')
ORDER BY datname
"""

CONFLICTS = (
    psycopg.errors.InternalError_,  # "tuple concurrently updated"
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
    psycopg.errors.InvalidCatalogName,  # a database was dropped
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


def prepare_roles(owner_url: str, *, own_server: bool = False) -> list[str]:
    """Create the roles, grant their rights in this database, and set their passwords.

    Returns the server's other databases that they can connect to, since PostgreSQL lets everyone connect
    to a new database. With `own_server`, for a server that only Badge Forge uses, that right is revoked.

    Can be run repeatedly, and by several processes at once. Raises `DatabaseError`.
    """
    passwords = {role.login: _password(owner_url, role) for role in Role}
    try:
        with connected(owner_url, autocommit=True) as connection:
            attempt = 1
            while True:
                try:
                    return _apply(connection, passwords, own_server)
                except CONFLICTS:
                    if attempt == ATTEMPTS:
                        raise
                    attempt += 1
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


def _apply(connection: psycopg.Connection, passwords: dict[str, str], own_server: bool) -> list[str]:
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
        if own_server:
            for name in _open_databases(connection, passwords):
                connection.execute(
                    sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
                )
        return _open_databases(connection, passwords)


def _open_databases(connection: psycopg.Connection, logins: Iterable[str]) -> list[str]:
    return [name for (name,) in connection.execute(OPEN_DATABASES, [list(logins)])]


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
