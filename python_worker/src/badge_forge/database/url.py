"""Database URLs, shown and taken apart."""

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from badge_forge.errors import SettingsError


def redact(url: str) -> str:
    """Return `url` as it may be shown: host, port and database, never a user's password."""
    parts = parse(url)
    host = parts.get("host") or "localhost"
    port = parts.get("port") or 5432
    return f"{host}:{port}/{parts.get('dbname') or parts.get('user') or ''}"


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
