"""Any text can be stored as JSON: characters that PostgreSQL refuses are replaced."""

import psycopg
import pytest
from psycopg.types.json import Jsonb, set_json_dumps

from badge_forge.jobs.lenient_json import dumps


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("G\udce4ste", "G?ste"),
        ("a\0b", "a\ufffdb"),
        ("\\u0000", "\\u0000"),
        ("\\\0", "\\\ufffd"),
        ('Zoë 🎉 \\ "\n\x7f', 'Zoë 🎉 \\ "\n\x7f'),
    ],
)
def test_every_text_can_be_stored_and_valid_text_is_unchanged(
    text: str, stored: str, connection: psycopg.Connection
) -> None:
    set_json_dumps(dumps, connection)
    query = "SELECT %s::jsonb"
    assert connection.execute(query, [Jsonb({text: [text]})]).fetchone() == ({stored: [stored]},)
