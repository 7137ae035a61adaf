"""The commented file of a new event."""

import json
from pathlib import Path

TEMPLATE = Path(__file__).parent / "event.toml"


def commented_file(slug: str, name: str, design: str) -> str:
    """Return the text of a new event's file."""
    # A TOML string is written as a JSON string.
    quoted = json.dumps(name, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
    return TEMPLATE.read_text(encoding="utf-8").format(slug=slug, name=quoted, design=design)
