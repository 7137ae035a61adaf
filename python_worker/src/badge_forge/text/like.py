"""Patterns of LIKE."""

import re


def containing(text: str) -> str:
    """Return the pattern of LIKE for texts that contain `text`, whose wildcards are escaped."""
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    return f"%{escaped}%"
