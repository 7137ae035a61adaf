"""Find the one badge that a command is about, or list those that match."""

import asyncio

import psycopg
from psycopg import OperationalError

from badge_forge.cli.history_text import print_found
from badge_forge.database.url import CONNECT_TIMEOUT_S, connected_async, unreachable
from badge_forge.errors import WorldError
from badge_forge.settings import Settings
from badge_forge.text.text import counted, one_line
from badge_forge.views.history import FoundBadge, find

MOST_FOUND = 20
"""How many badges are listed if several match."""

SHOWN_LENGTH = 60
"""Most characters of the searched text in a message."""

OF_JOB = """
SELECT left(args ->> 'id', 36) FROM oban_jobs WHERE id = %s AND queue IN ('badges', 'printing')
"""
LARGEST_ID = 2**63 - 1


def the_badge(url: str, text: str, settings: Settings, advice: str) -> FoundBadge:
    """Return the badge that `text` names: its id, job, e-mail, ticket, or part of its name.

    If several match, they are listed. `advice` says what to run then. Raises `WorldError` unless one
    matches, and `DatabaseError`.
    """
    found = asyncio.run(_look(url, text.strip()))
    if len(found) == 1:
        return found[0]
    shown = one_line(text.strip(), SHOWN_LENGTH)
    if not found:
        raise WorldError(not_found(shown, settings))
    print_found(found)
    raise WorldError(several(shown, len(found), advice))


def not_found(shown: str, settings: Settings) -> str:
    """Say that no badge matches `shown`."""
    days = counted(settings.prune_after_s / 86400, "day")
    return (
        f'no badge has "{shown}" in its name, as its e-mail or ticket, or an id that begins so: '
        f"check the spelling; finished badges are forgotten after {days} (PRUNE_AFTER_S)"
    )


def several(shown: str, number: int, advice: str) -> str:
    """Say that `number` badges match `shown`, and what to do: `advice`."""
    most = "the newest " if number == MOST_FOUND else ""
    return f'"{shown}" matches {most}{counted(number, "badge")}: {advice}'


async def _look(url: str, text: str) -> list[FoundBadge]:
    try:
        async with connected_async(url, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            found = await find(connection, text, MOST_FOUND)
            if text.isascii() and text.isdecimal() and int(text) <= LARGEST_ID:
                found += await _of_job(connection, int(text), {badge.id for badge in found})
            return found
    except OperationalError as error:
        raise unreachable(url, error) from error


async def _of_job(connection: psycopg.AsyncConnection, job_id: int, known: set[str]) -> list[FoundBadge]:
    cursor = await connection.execute(OF_JOB, [job_id])
    row = await cursor.fetchone()
    if row is None or row[0] is None or row[0] in known:
        return []
    return await find(connection, row[0], 1)
