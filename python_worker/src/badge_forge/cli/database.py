"""Use the database in a command, and explain what it refuses."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from badge_forge.cli.db import prepare_if_ours
from badge_forge.cli.say import say
from badge_forge.database.lease import leased
from badge_forge.database.roles import Role
from badge_forge.database.source import application_url
from badge_forge.database.url import redact
from badge_forge.errors import DatabaseError
from badge_forge.settings import COMMAND, Settings

_TOO_OLD = (psycopg.errors.UndefinedFunction, psycopg.errors.UndefinedColumn)


@contextmanager
def database_as(role: Role, settings: Settings) -> Iterator[str]:
    """Keep the database running, and yield the URL of `role`. Badge Forge's own database is migrated.

    Raises `DatabaseError` with the command to run if tables or the rights of `role` are missing.
    """
    with leased(settings, say) as database:
        prepare_if_ours(database)
        url = application_url(database, role)
        try:
            yield url
        except _TOO_OLD as error:
            raise DatabaseError(
                f"the schema of {redact(url)} is too old ({error.diag.message_primary}): "
                f"run `{COMMAND} db migrate`"
            ) from error
        except psycopg.errors.UndefinedTable as error:
            raise DatabaseError(
                f"{redact(url)} has no tables yet: run `{COMMAND} db migrate`"
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseError(
                f"the role in DATABASE_URL lacks a privilege ({error.diag.message_primary}): "
                f"use the URL that `{COMMAND} db url --role {role}` prints"
            ) from error
