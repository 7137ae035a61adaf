"""Which database: `DATABASE_URL` if set, else compose if a Docker engine answers, else embedded."""

from dataclasses import dataclass, field
from typing import Protocol

from badge_forge.database.compose import ComposeDatabase
from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.roles import Role, role_url
from badge_forge.database.url import parse
from badge_forge.errors import DatabaseError
from badge_forge.settings import VAR, Settings


class Database(Protocol):
    """A database that can be brought up and down."""

    @property
    def name(self) -> str:
        """How it is called in messages."""

    @property
    def url(self) -> str:
        """Its owner's URL, password included. Raises `DatabaseError` if it is not up."""

    def is_running(self) -> bool:
        """Tell whether it is up."""

    def start(self) -> None:
        """Bring it up, if it is not, and wait until it answers. Raises `DatabaseError`."""

    def stop(self) -> None:
        """Bring it down; its data stay."""


@dataclass(frozen=True)
class GivenDatabase:
    """The database of `DATABASE_URL`: somebody else's, so neither started nor stopped here."""

    url: str = field(repr=False)
    name: str = "DATABASE_URL"

    def is_running(self) -> bool:
        """Return True: whether it answers is seen when it is asked something."""
        return True

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


def candidates(settings: Settings) -> list[Database]:
    """Return the databases that may serve, best first.

    Raises `SettingsError` if `DATABASE_URL` is no URL.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        parse(url)
        return [GivenDatabase(url)]
    embedded = EmbeddedDatabase(VAR / "postgres", VAR / "log" / "postgres.log")
    return [ComposeDatabase(), embedded] if ComposeDatabase.engine_answers() else [embedded]


def running(settings: Settings) -> Database | None:
    """Return the best database that is up, if one is."""
    return next((database for database in candidates(settings) if database.is_running()), None)


def require_running(settings: Settings) -> Database:
    """Return the best database that is up. Raises `DatabaseError` if none is."""
    database = running(settings)
    if database is None:
        raise DatabaseError("no database is up: run `bin/badge-forge db up`")
    return database


def application_url(database: Database, role: Role) -> str:
    """Return the URL with which an application connects, password included.

    It is that of its `role`, whose rights end where its work does. Only a database of somebody else's is
    used as it was given. Raises `DatabaseError` if the database is not up.
    """
    return database.url if isinstance(database, GivenDatabase) else role_url(database.url, role)
