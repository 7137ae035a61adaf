"""Choose the database: `DATABASE_URL` if set, else compose if a Docker engine answers, else embedded."""

from dataclasses import dataclass, field
from typing import Protocol

from badge_forge.database.compose import ComposeDatabase
from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.roles import Role, role_url
from badge_forge.database.url import parse
from badge_forge.errors import DatabaseError
from badge_forge.settings import COMMAND, VAR, Settings


class Database(Protocol):
    """A database that can be started and stopped."""

    @property
    def name(self) -> str:
        """The name in messages."""

    @property
    def url(self) -> str:
        """The owner's URL with its password. Raises `DatabaseError` if the database is not running."""

    def is_running(self) -> bool:
        """Tell whether the database is running."""

    def start(self) -> None:
        """Start the database if necessary, and wait until it answers. Raises `DatabaseError`."""

    def stop(self) -> None:
        """Stop the database and keep its data."""

    def in_containers(self) -> bool:
        """Tell whether applications in containers use the database: they hold no lease."""


@dataclass(frozen=True)
class GivenDatabase:
    """The database of `DATABASE_URL`, which Badge Forge neither starts nor stops."""

    url: str = field(repr=False)
    name: str = "DATABASE_URL"

    def is_running(self) -> bool:
        """Return True. A connection error appears on first use."""
        return True

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def in_containers(self) -> bool:
        """Return False. It is not asked, since this database is never stopped."""
        return False


def candidates(settings: Settings) -> list[Database]:
    """Return the possible databases, best first.

    Raises `SettingsError` if `DATABASE_URL` is not a PostgreSQL URL.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        parse(url)
        return [GivenDatabase(url)]
    embedded = EmbeddedDatabase(VAR / "postgres", VAR / "log" / "postgres.log")
    return [ComposeDatabase(), embedded] if ComposeDatabase.engine_answers() else [embedded]


def running(settings: Settings) -> Database | None:
    """Return the best database that is running, or None."""
    return next((database for database in candidates(settings) if database.is_running()), None)


def require_running(settings: Settings) -> Database:
    """Return the best database that is running. Raises `DatabaseError` if none is."""
    database = running(settings)
    if database is None:
        raise DatabaseError(f"no database is running: run `{COMMAND} db up`")
    return database


def application_url(database: Database, role: Role) -> str:
    """Return the URL that an application connects with, including the password.

    It connects as `role`, except that `DATABASE_URL` is returned unchanged. Raises `DatabaseError` if
    the database is not running.
    """
    return database.url if isinstance(database, GivenDatabase) else role_url(database.url, role)
