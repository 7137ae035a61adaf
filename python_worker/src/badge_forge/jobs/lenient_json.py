"""JSON from rows that anybody may have written, and of texts that may come from anywhere."""

import json
import re
from typing import Any

UNREADABLE = {"args": "unreadable"}
"""What stands for a document that Python can't read. It keeps no contract, so its job is cancelled."""

NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def loads(document: str | bytes) -> Any:
    """Read `document` as psycopg's own loader does, but never fail.

    PostgreSQL stores documents nested thousands deep, and numbers of a hundred thousand digits. Python
    reads neither. A fetch that failed on one would fail again and again, and stop its queue.
    """
    try:
        return json.loads(document)
    except (RecursionError, ValueError):
        return UNREADABLE


def dumps(value: Any) -> str:
    """Write `value` so that PostgreSQL takes it: `?` for what is no Unicode, U+FFFD for NUL.

    An error may name a file whose name is no text. If that could not be recorded, its queue would stop.
    """
    document = json.dumps(value, ensure_ascii=False).encode(errors="replace")
    return NUL.sub(r"\1\\ufffd", document.decode())
