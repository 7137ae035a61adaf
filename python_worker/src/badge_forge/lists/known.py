"""What the table knows about the badges of an event: the memory of all earlier imports."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from badge_forge.jobs.statements import statement

EVENT_BADGES = statement(__package__, "event_badges")
PRINTED_BADGES = statement(__package__, "printed_badges")

ROWS_AT_ONCE = 2000


@dataclass(slots=True)
class Known:
    """The newest version of a badge.

    `lists` has the type and the key of the person in each list, `owner` is the list that its texts come from.
    `withdrawn` says why its ticket is gone, None if it is not.
    """

    version: int
    args: str
    owner: str
    lists: dict[str, dict[str, str]]
    who: str
    withdrawn: str | None

    def texts(self) -> dict[str, Any]:
        """Return the args of the badge."""
        args: dict[str, Any] = json.loads(self.args)
        return args


def known_badges(connection: Connection, event: str) -> dict[str, Known]:
    """Return the badges of `event` by their id. The connection must be in a transaction."""
    known = {}
    with connection.cursor("event_badges", row_factory=dict_row) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(EVENT_BADGES, {"event": event})
        for row in cursor:
            lists = row["lists"] if isinstance(row["lists"], dict) else {}
            known[row["id"]] = Known(
                row["version"], row["args"], row["owner"] or "", lists, row["who"] or "", row["withdrawn"]
            )
    return known


def printed(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Return those of `ids` whose badge was printed, or is being printed."""
    return {row[0] for row in connection.execute(PRINTED_BADGES, {"ids": list(ids)})}
