"""A connection for a command, as the role of an application."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from badge_forge.cli.database import database_as
from badge_forge.database.roles import Role
from badge_forge.database.url import connected
from badge_forge.settings import Settings


@contextmanager
def connected_as(
    role: Role, settings: Settings, *, autocommit: bool = False
) -> Iterator[psycopg.Connection]:
    """Connect to the database as `role`. Start the database if needed, and stop it again."""
    with database_as(role, settings) as url, connected(url, autocommit=autocommit) as connection:
        yield connection
