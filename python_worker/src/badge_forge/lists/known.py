"""What the table knows about the badges of an event: the memory of all earlier imports."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from badge_forge.jobs.statements import statement
from badge_forge.lists.identity import badge_id, person_key

EVENT_BADGES = statement(__package__, "event_badges")
PRINTED_BADGES = statement(__package__, "printed_badges")

ROWS_AT_ONCE = 2000

Lists = dict[str, dict[str, str]]
"""The type and the key of a person in each list, by the name of the list."""


@dataclass(slots=True)
class Known:
    """The newest version of a badge. JSON takes a quarter of the memory of what it means.

    `lists` has the type and the key of the person in each list, `owner` is the list of its texts.
    `withdrawn` says why its ticket is gone, None if it is not.
    """

    version: int
    args_json: str
    owner: str
    lists_json: str
    who: str
    withdrawn: str | None

    @property
    def args(self) -> dict[str, Any]:
        """Return the args of the badge."""
        args: dict[str, Any] = json.loads(self.args_json)
        return args

    @property
    def lists(self) -> Lists:
        """Return the lists that the person is in. A row can have anything else there."""
        lists = json.loads(self.lists_json)
        if not isinstance(lists, dict):
            return {}
        return {
            name: {key: text for key, text in member.items() if isinstance(text, str)}
            for name, member in lists.items()
            if isinstance(member, dict)
        }

    @property
    def is_walk_up(self) -> bool:
        """Tell whether the badge was enqueued by itself. A list does not change its texts."""
        return not self.owner

    def who_of(self, event: str) -> str:
        """Return the UUID of who it is, "" if unknown. A walk-up is known by e-mail address and name."""
        if self.who or not self.is_walk_up:
            return self.who
        args = self.args
        email, name = args.get("email"), args.get("name")
        if not (isinstance(email, str) and isinstance(name, str) and email):
            return ""
        return badge_id(event, person_key(email, "", name))


def known_badges(connection: Connection, event: str) -> dict[str, Known]:
    """Return the badges of `event` by their id. The connection must be in a transaction."""
    known = {}
    with connection.cursor("event_badges", row_factory=dict_row) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(EVENT_BADGES, {"event": event})
        for row in cursor:
            known[row["id"]] = Known(
                row["version"],
                row["args"],
                row["owner"] or "",
                row["lists"] or "{}",
                row["who"] or "",
                row["withdrawn"],
            )
    return known


def printed(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Return those of `ids` whose badge was printed, or is being printed."""
    return {row[0] for row in connection.execute(PRINTED_BADGES, {"ids": list(ids)})}
