"""Database URLs, shown and taken apart."""

from psycopg import OperationalError, ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from badge_forge.errors import DatabaseError, SettingsError

CONNECT_TIMEOUT_S = 10


def redact(url: str) -> str:
    """Return `url` as it may be shown: host, port and database, never a user's password."""
    parts = parse(url)
    host = parts.get("host") or "localhost"
    port = parts.get("port") or 5432
    return f"{host}:{port}/{parts.get('dbname') or parts.get('user') or ''}"


def unreachable(url: str, error: OperationalError) -> DatabaseError:
    """Return the error that says, on one line, why `url` can't be reached."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return DatabaseError(f"can't reach the database {redact(url)}: {lines[0]}")


def parse(url: str) -> dict[str, str]:
    """Return libpq's parameters of `url` by name. Raises `SettingsError` if it is none."""
    try:
        if "://" not in url:
            raise ProgrammingError
        parameters = conninfo_to_dict(url)
    except ProgrammingError:
        raise SettingsError(
            "DATABASE_URL is no PostgreSQL URL: it must look like "
            "postgresql://user:password@host:5432/database"
        ) from None
    return {key: str(value) for key, value in parameters.items() if value is not None}
