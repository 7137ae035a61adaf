"""Explain what a database refuses: no tables, or a role without the right."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from badge_forge.database.roles import Role
from badge_forge.database.url import redact
from badge_forge.errors import DatabaseError
from badge_forge.settings import COMMAND


@contextmanager
def explained(url: str, role: Role) -> Iterator[None]:
    """Raise `DatabaseError` with the command to run if tables or the rights of `role` are missing."""
    try:
        yield
    except psycopg.errors.UndefinedTable as error:
        raise DatabaseError(f"{redact(url)} has no tables yet: run `{COMMAND} db migrate`") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"the role in DATABASE_URL lacks a privilege ({error.diag.message_primary}): "
            f"use the URL that `{COMMAND} db url --role {role}` prints"
        ) from error
