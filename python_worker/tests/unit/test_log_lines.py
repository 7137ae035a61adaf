"""On a terminal, a log line says in a few words what became of a badge."""

import json
import logging
import os
import re
from typing import Any

import pytest

from badge_forge import logs
from badge_forge.log_lines import TerminalFormatter
from badge_forge.settings import Settings
from helpers import badge_args, command, on_a_terminal


def line(name: str = "oban", level: int = logging.INFO, colours: bool = False, **event: Any) -> str:
    """Return the line of a job's event, without the time, or of the message `event["said"]`."""
    said = event.get("said") or json.dumps(
        {
            "event": "oban.job.stop",
            "id": 7,
            "queue": "badges",
            "attempt": 1,
            "max_attempts": 5,
            "args": badge_args(name="Alasdair Fraser"),
            "state": "completed",
            "duration": 23.61,
        }
        | event
    )
    record = logging.LogRecord(name, level, "", 0, said, None, None)
    time, _space, rest = TerminalFormatter(colours).format(record).partition(" ")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", time)
    return rest


def test_a_badge_is_one_readable_line() -> None:
    assert line() == "badges ✓ Alasdair Fraser speaker 24 ms"
    assert line(duration=1234.5) == "badges ✓ Alasdair Fraser speaker 1.2 s"
    assert line(colours=True) == "badges \x1b[32m✓\x1b[0m Alasdair Fraser speaker 24 ms"


def test_a_failed_badge_says_why_and_which_attempt_it_was() -> None:
    error: dict[str, Any] = {
        "event": "oban.job.exception",
        "error_type": "StorageError",
        "error_message": "disk full\nx",
    }
    assert line(state="retryable", attempt=2, **error) == (
        "badges ↻ Alasdair Fraser speaker retryable after attempt 2 of 5: StorageError disk full 24 ms"
    )
    assert line(state="discarded", **error).startswith(
        "badges ✗ Alasdair Fraser speaker discarded after"
    )
    assert line(state="cancelled") == "badges ✗ Alasdair Fraser speaker cancelled 24 ms"


@pytest.mark.parametrize("args", [None, ["x"], {}, {"name": ""}])
def test_a_job_without_a_badge_is_named_by_its_id(args: object) -> None:
    assert line(args=args) == "badges ✓ job 7 24 ms"


def test_no_row_can_move_the_cursor_or_add_a_line() -> None:
    shown = line(args={"name": "A\x1b[2J\nB\u202e", "type": ["x\n"]}, queue="b\r")
    assert shown.isprintable()


def test_other_lines_have_their_level_if_it_is_high() -> None:
    assert line("badge_forge.worker", said="Stopped") == "Stopped"
    assert line("oban", logging.ERROR, said='{"event": "oban.pruner.prune.exception"}').startswith(
        "error: {"
    )


@pytest.mark.parametrize(("log_format", "readable"), [("auto", False), ("json", False), ("text", True)])
def test_only_a_terminal_or_the_setting_gives_readable_lines(
    log_format: str, readable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.Logger("root")
    monkeypatch.setattr(logging, "root", root)
    monkeypatch.setattr(logging.Logger, "root", root)
    monkeypatch.setenv("LOG_FORMAT", log_format)
    logs.configure(Settings.load())
    (handler,) = root.handlers
    assert isinstance(handler.formatter, TerminalFormatter) is readable


def test_a_terminal_shows_readable_lines() -> None:
    code = (
        "import logging; from badge_forge import logs; from badge_forge.settings import Settings\n"
        "logs.configure(Settings.load()); logging.getLogger('badge_forge').warning('full')"
    )
    python = command()[0]
    environment = {"LOG_FORMAT": os.environ.get("LOG_FORMAT", "")}
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d warning: full\r\n", on_a_terminal([python, "-c", code], environment)[1]
    )


def test_log_args_false_keeps_names_out_of_readable_lines() -> None:
    record = logging.LogRecord("oban", logging.INFO, "", 0, "", None, None)
    record.msg = json.dumps(
        {
            "event": "oban.job.stop",
            "id": 7,
            "queue": "badges",
            "args": badge_args(),
            "state": "completed",
            "duration": 24,
        }
    )
    logs.RemovePersonalData().filter(record)
    assert TerminalFormatter(colours=False).format(record).endswith(" badges ✓ job 7 24 ms")
