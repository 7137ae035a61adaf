"""Write JSON that PostgreSQL accepts, from text of any origin."""

import json
import re
from typing import Any

NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def dumps(value: Any) -> str:
    """Write `value` as JSON, with `?` for a lone surrogate and U+FFFD for NUL, which `jsonb` rejects.

    The message of an error can contain both, for example as part of a file name. If Oban could not
    record the error, its queue would stop.
    """
    document = json.dumps(value, ensure_ascii=False).encode(errors="replace")
    return NUL.sub(r"\1\\ufffd", document.decode())
