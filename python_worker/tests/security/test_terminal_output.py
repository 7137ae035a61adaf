"""Attack: rows whose texts control the terminal, forge lines, or reverse what is around them."""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge import logs
from badge_forge.cli.say import say, tell
from badge_forge.text.text import escaped, one_line
from helpers import badge_args, call, enqueue

CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
BREAKS = ["\u2028", "\u2029"]
DIRECTIONS = [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\u061c", "\u200e"]

UNSAFE = {*CONTROLS, *BREAKS, *DIRECTIONS} - {"\n"}
HOSTILE = "\x1b[2J\x1b]0;x\x07\r\n2026 [INFO] forged\x7f\x9b31m\u2028\u2029\u202egnp.exe\u2066Ada"

# What rich writes on a terminal that has colours.
STYLES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def ids(connection: psycopg.Connection) -> Iterator[list[int]]:
    """Rows that are hostile in every column that can be, of both workers, in several states."""
    ids = []
    connection.execute("ALTER TABLE oban_jobs DISABLE TRIGGER USER")
    for state in ("discarded", "cancelled", "completed", "available", "retryable"):
        for queue, worker in (
            ("badges", "badge_forge.generator.GenerateBadge"),
            ("printing", "BadgeForge.PrintCenter"),
            (HOSTILE[:100], HOSTILE[:100]),
        ):
            args = badge_args(name=HOSTILE, company=HOSTILE, type=HOSTILE, design=HOSTILE, file=HOSTILE)
            ids += enqueue(
                connection,
                args,
                queue=queue,
                worker=worker,
                state=state,
                meta=Jsonb({"batch_id": HOSTILE}),
                errors=[Jsonb({"attempt": 1, "at": "2026-01-01T00:00:00Z", "error": HOSTILE})],
                attempted_by=[HOSTILE],
                tags=[HOSTILE],
            )
    for queue in ("badges", "printing", HOSTILE[:100]):
        connection.execute(
            "INSERT INTO oban_producers (uuid, name, node, queue, meta, updated_at) "
            "VALUES (gen_random_uuid(), 'Oban', %s, %s, '{}', timezone('UTC', now()))",
            [HOSTILE, queue],
        )
    connection.execute("ALTER TABLE oban_jobs ENABLE TRIGGER USER")
    yield ids
    connection.execute("DELETE FROM oban_producers")


COMMANDS = [
    ["failed"],
    ["why", "Ada"],
    ["db", "status"],
    ["watch", "--once"],
    ["watch", "--once", "--any"],
    ["watch", "--json"],
    ["contact-sheet", "--batch", HOSTILE, "--output", "x.pdf"],
    ["sheet", "--batch", HOSTILE, "--output", "x.pdf"],
    ["pause", "badges"],
    ["resume", "badges"],
    ["pause", HOSTILE],
    ["retry", HOSTILE],
    ["design", "check", HOSTILE],
    ["preview", "--name", HOSTILE, "--type", HOSTILE],
    [HOSTILE],
]


@pytest.mark.parametrize("terminal", [False, True], ids=["piped", "terminal"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: " ".join(words)[:20])
def test_no_command_passes_control_characters_of_a_row_to_the_terminal(
    arguments: list[str],
    terminal: bool,
    ids: list[int],
    database_url: str,
    badges_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ids
    monkeypatch.chdir(tmp_path)
    style = {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "TERM": "xterm", "COLUMNS": "80"}
    result = call(
        *arguments,
        DATABASE_URL=database_url,
        BADGES_DIR=str(badges_dir),
        **(style if terminal else {}),
    )
    shown = STYLES.sub("", result.stdout + result.stderr)
    assert shown
    assert not UNSAFE & set(shown), ascii(shown)
    assert not re.search(r"(?m)^2026 \[INFO\]", shown)


@pytest.mark.parametrize("char", [*CONTROLS, *BREAKS, *DIRECTIONS, "\ud800", "\U000e0041"])
def test_a_control_character_is_shown_as_its_escape(
    char: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "".join(f"\\u{unit:04x}" for unit in _units(char))
    assert escaped(f"a{char}b") == f"a{code}b"
    assert one_line(f"a{char}b", 100) == f"a{code}b"
    say(f"a{char}b")
    tell(f"a{char}b")
    assert capsys.readouterr() == (f"a{code}b\n", f"a{code}b\n")


def _units(char: str) -> list[int]:
    code = ord(char)
    if code < 0x10000:
        return [code]
    return [0xD800 + (code - 0x10000 >> 10), 0xDC00 + (code & 0x3FF)]


@pytest.mark.parametrize("text", ["Nguyễn Thị Ánh", "احمدی\u200cنژاد", "👩\u200d💻", "a\u00a0b"])
def test_a_name_in_any_script_is_shown_as_it_is(text: str) -> None:
    assert one_line(text, 100) == text


def test_the_log_is_one_line_per_message_without_control_characters() -> None:
    record = logging.LogRecord("oban", logging.INFO, "", 0, "a job of %s", (HOSTILE,), None)
    record.of_trace = ""
    try:
        raise ValueError(HOSTILE)
    except ValueError as error:
        record.exc_info = type(error), error, error.__traceback__
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logs.Escaped("[%(levelname)s] %(message)s%(of_trace)s"))
    handler.emit(record)
    shown = handler.stream.getvalue()
    assert not UNSAFE & set(shown), ascii(shown)
    first, *traceback = shown.splitlines()
    assert first.startswith("[INFO] a job of \\u001b[2J")
    assert all(line.startswith("  ") for line in traceback)
