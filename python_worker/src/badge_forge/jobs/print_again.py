"""Print a badge again that was printed, for example because the paper jammed."""

import psycopg

from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import PRINTING

PRINT_AGAIN = statement(__package__, "print_again")

LOCK = "SELECT pg_advisory_xact_lock(hashtext('badge_forge.print_again'), hashtext(%s))"
"""Two who ask for the same badge at once get one print: the second sees what the first inserted."""


def print_again(connection: psycopg.Connection, badge_id: str) -> int | None:
    """Enqueue another print of the badge, and return its job's id.

    Returns None, and enqueues nothing, if the badge was not printed yet, or if a print of it is under
    way. Printing needs the PDF as it was confirmed.
    """
    parameters = {"badge_id": badge_id, "queue": PRINTING}
    with connection.transaction():
        connection.execute(LOCK, [badge_id])
        row = connection.execute(PRINT_AGAIN, parameters).fetchone()
    return None if row is None else int(row[0])
