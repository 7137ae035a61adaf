"""JSON from rows that anybody may have written."""

import json
from typing import Any

UNREADABLE = {"args": "unreadable"}
"""What stands for a document that Python can't read. It keeps no contract, so its job is cancelled."""


def loads(document: str | bytes) -> Any:
    """Read `document` as psycopg's own loader does, but never fail.

    PostgreSQL stores documents nested thousands deep, and numbers of a hundred thousand digits. Python
    reads neither. A fetch that failed on one would fail again and again, and stop its queue.
    """
    try:
        return json.loads(document)
    except (RecursionError, ValueError):
        return UNREADABLE
