"""Print a badge again that was printed, with a reason, or settle whether it was printed.

The functions are in the table's schema (migration 0014), since the Elixir app calls them, too.
"""

from typing import Literal, NamedTuple

import psycopg
from psycopg.rows import class_row

from badge_forge.text.text import printable

PRINT_AGAIN = "SELECT * FROM badge_forge_print_again(%s, %s)"
PRINTED = "SELECT * FROM badge_forge_printed(%s)"

LONGEST_REASON = 200
"""Most characters of a reason."""


class Reprint(NamedTuple):
    """What became of a request for another print. `number` counts the reprints of the badge, from 1.

    `under way`: `job_id` is a print or a rendering of the badge that has not ended. `no reason`: it was
    printed, and printing it twice needs a reason.
    """

    job_id: int | None
    outcome: Literal["enqueued", "no reason", "under way", "not printed"]
    number: int | None


class Settled(NamedTuple):
    """Whether an unknown print counts as printed now. `job_id` is the badge's newest print."""

    job_id: int | None
    outcome: Literal["printed", "not unknown"]


def cleaned_reason(reason: str) -> str:
    """Return `reason` as it is stored: one line without control characters, cut to its longest."""
    return " ".join(printable(reason).split())[:LONGEST_REASON]


def print_again(connection: psycopg.Connection, badge_id: str, reason: str | None) -> Reprint:
    """Enqueue another print of the badge, ahead of all others.

    Only a print that ended as unknown needs no `reason`. Printing needs the PDF as it was confirmed.
    """
    with connection.transaction(), connection.cursor(row_factory=class_row(Reprint)) as cursor:
        reprint = cursor.execute(PRINT_AGAIN, [badge_id, reason and cleaned_reason(reason)]).fetchone()
    assert reprint
    return reprint


def settle_as_printed(connection: psycopg.Connection, badge_id: str) -> Settled:
    """Record that the badge is in the tray, if its newest print ended as unknown."""
    with connection.transaction(), connection.cursor(row_factory=class_row(Settled)) as cursor:
        settled = cursor.execute(PRINTED, [badge_id]).fetchone()
    assert settled
    return settled
