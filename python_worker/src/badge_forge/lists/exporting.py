"""Write the people of an event with the state of their badges."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from psycopg import Connection
from psycopg.rows import dict_row

from badge_forge.events.event import Event
from badge_forge.jobs.statements import statement
from badge_forge.lists.safe_cells import safe_row
from badge_forge.text.text import printable
from badge_forge.views.badge_state import badge_state

EXPORT_BADGES = statement(__package__, "export_badges")

ROWS_AT_ONCE = 1000

TEXTS = {
    "name": "Name",
    "badge_name": "Badge name",
    "company": "Company",
    "title": "Title",
    "pronouns": "Pronouns",
    "email": "E-mail",
    "url": "URL",
    "type": "Type",
}
"""The args that are written, and their headers."""

STATE = ("Ticket type", "List", "Badge id", "Version", "State", "Printed at", "PDF")

CANCELLED = "cancelled"
"""The state of a badge whose ticket is gone."""


def export(connection: Connection, event: Event, badges_dir: Path, file: TextIO) -> int:
    """Write a CSV with a row for each badge of `event` to `file`, and return how many they are.

    Times are local. The connection must be in a transaction.
    """
    writer = csv.writer(file)
    writer.writerow(safe_row([*TEXTS.values(), *event.fields, *STATE]))
    count = 0
    with connection.cursor("export_badges", row_factory=dict_row) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(EXPORT_BADGES, {"event": event.slug})
        for row in cursor:
            writer.writerow(safe_row(_cells(row, event, badges_dir)))
            count += 1
    return count


def _cells(row: dict[str, Any], event: Event, badges_dir: Path) -> Iterator[str]:
    args = row["args"] if isinstance(row["args"], dict) else {}
    for key in TEXTS:
        yield _text(args.get(key))
    own = args.get("fields")
    for name in event.fields:
        yield _text(own.get(name)) if isinstance(own, dict) else ""
    for key in ("ticket", "list", "id", "version"):
        yield _text(row[key])
    gone = row["withdrawn"] is not None
    yield CANCELLED if gone else badge_state(row["badge_state"], row["print_state"])
    yield row["printed_at"].astimezone().isoformat(" ", "seconds") if row["printed_at"] else ""
    # The folder in a row is ignored: it can be any.
    yield str(badges_dir.resolve() / Path(row["file"]).name) if row["file"] else ""


def _text(value: object) -> str:
    return printable(value) if isinstance(value, str) else ""
