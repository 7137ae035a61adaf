"""Parse and build database URLs, redact them for messages, and connect to them."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import quote

from psycopg import AsyncConnection, Connection, OperationalError, ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from badge_forge import session
from badge_forge.database.lock_watch import lock_watch
from badge_forge.errors import DatabaseError, SettingsError

CONNECT_TIMEOUT_S = 10

KEEPALIVE = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "connect_timeout": 5,
}
"""Parameters of libpq, in seconds and milliseconds. Without them, a client notices after a quarter of an
hour that its network was cut. The Elixir app and `db/roles.sql` have such limits too."""


TEXT = r"(?:[^\x00-\x20\x7f-\x9f%:/?#\[\]@]|%[0-9A-Fa-f]{2})"

VALUE = r"(?:[^\x00-\x20\x7f-\x9f%?#\[\]@+&=]|%[0-9A-Fa-f]{2})"

SHAPE = re.compile(
    rf"postgres(?:ql)?://{TEXT}+(?::(?:{TEXT}|:)*)?@(?:{TEXT}*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?"
    rf"/{TEXT}*(?:\?[a-z]+={VALUE}+(?:&[a-z]+={VALUE}+)*)?"
)
"""What both applications understand in the same way: special characters are percent-encoded. The Elixir
app has the same (`BadgeForge.DatabaseURL`)."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

PLACE = frozenset({"user", "password", "host", "port", "dbname"})

SSLMODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

PARAMETERS = PLACE | {"sslmode", "sslrootcert"}
"""What a URL may have: the Elixir app understands the same."""


def redact(url: str) -> str:
    """Return host, port and database of `url`, for messages. The user and the password are omitted."""
    parts = parse(url)
    host = parts.get("host") or "localhost"
    port = parts.get("port") or 5432
    return f"{host}:{port}/{parts.get('dbname') or parts.get('user') or ''}"


def kept_alive(url: str) -> str:
    """Return the libpq connection string of `url` for connections that are held, with `KEEPALIVE`.

    What `url` itself sets is kept.
    """
    given = parse(url)
    limits = {key: value for key, value in KEEPALIVE.items() if key not in given}
    return make_conninfo(url, **limits)


def unreachable(url: str, error: OperationalError) -> DatabaseError:
    """Return the error for a failed connection to `url`, with a one-line message."""
    return DatabaseError(f"cannot reach the database {redact(url)}: {_first_line(error)}")


@contextmanager
def connected(
    url: str, *, autocommit: bool = False, statement_timeout: bool = True
) -> Iterator[Connection]:
    """Connect to `url` while the block runs, in a session with our settings.

    Raises `DatabaseError` if the connection fails or is lost, or if a statement times out.
    """
    try:
        connection = Connection.connect(url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)
    except OperationalError as error:
        raise unreachable(url, error) from error
    try:
        with connection, lock_watch(url, lambda: [connection.info.backend_pid]):
            session.prepare(connection, statement_timeout=statement_timeout)
            connection.autocommit = autocommit
            yield connection
    except OperationalError as error:
        raise DatabaseError(f"the database {redact(url)} failed: {_first_line(error)}") from error


@asynccontextmanager
async def connected_async(url: str, **options: Any) -> AsyncIterator[AsyncConnection]:
    """Connect to `url` in autocommit mode while the block runs, in a session with our settings.

    `options` are psycopg's. Raises `psycopg.OperationalError`.
    """
    async with await AsyncConnection.connect(url, autocommit=True, **options) as connection:
        await session.prepare_async(connection)
        yield connection


def parse(url: str, variable: str = "DATABASE_URL") -> dict[str, str]:
    """Return the libpq parameters of `url`, which is the value of the environment variable `variable`.

    Raises `SettingsError` if it is not a PostgreSQL URL.
    """
    try:
        if "://" not in url:
            raise ProgrammingError
        parameters = conninfo_to_dict(url)
    except (ProgrammingError, UnicodeDecodeError):
        raise SettingsError(
            f"{variable} is not a PostgreSQL URL: it must look like "
            "postgresql://user:password@host:5432/database"
        ) from None
    parts = {key: str(value) for key, value in parameters.items() if value is not None}
    # Otherwise part of the password would be parsed as host or database, and appear in messages.
    if any("@" in value for key, value in parts.items() if key not in ("user", "password")):
        raise SettingsError(
            f"{variable} has more than one @, or a / before it: write them as %40 and %2F in a password"
        )
    if not parts.get("host"):
        raise SettingsError(
            f"{variable} has no host: write postgresql://user:password@host:5432/database"
        )
    if "," in parts["host"] or "," in parts.get("port", ""):
        raise SettingsError(
            f"{variable} has several hosts, which only one of the two applications could use: "
            "name one, for example that of a proxy"
        )
    if unknown := sorted(parts.keys() - PARAMETERS):
        raise SettingsError(
            f"{variable} has the parameter {unknown[0]}, which only one of the two applications could "
            f"use: use none but {' and '.join(sorted(PARAMETERS - PLACE))}"
        )
    if (
        not SHAPE.fullmatch(url)
        or not parts.get("dbname")
        or not _is_port(parts.get("port", "5432"))
        or any(CONTROL.search(part) for part in parts.values())
    ):
        raise SettingsError(
            f"{variable} must look like postgresql://user:password@host:5432/database, with special "
            "characters percent-encoded, such as %23 for #"
        )
    if parts.get("sslmode", "prefer") not in SSLMODES:
        raise SettingsError(
            f"{variable}: sslmode must be one of {', '.join(SSLMODES)}, got: {parts['sslmode']!r}"
        )
    return parts


def build(scheme: str, parts: dict[str, str]) -> str:
    """Return the URL for libpq parameters: the inverse of `parse`."""
    quoted = {key: quote(value, safe="") for key, value in parts.items()}
    user, password, host, port, name = (
        quoted.pop(key, "") for key in ("user", "password", "host", "port", "dbname")
    )
    host = f"[{parts['host']}]" if ":" in parts.get("host", "") else host
    place = f"{host}:{port}" if port else host
    options = "&".join(f"{key}={value}" for key, value in quoted.items())
    return f"{scheme}://{user}:{password}@{place}/{name}" + (f"?{options}" if options else "")


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= 65535


def _first_line(error: OperationalError) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
