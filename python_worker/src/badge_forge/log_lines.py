"""Format log records for a person at a terminal: one short line per badge."""

import json
import logging
import os
from datetime import datetime
from typing import Any

from badge_forge.text.text import escaped, one_line

SHOWN_LENGTH = 200
"""Most characters of a name or a message from a row."""

MARKS = {"completed": ("✓", "32"), "scheduled": ("…", "33"), "retryable": ("↻", "33")}
"""The mark of a job's new state, and its colour as an ANSI code. Other states are failures."""

FAILED = ("✗", "31")


class TerminalFormatter(logging.Formatter):
    """Formats a record as one line: `12:04:05 badges ✓ Alasdair Fraser speaker 24 ms`."""

    def __init__(self, colours: bool) -> None:
        super().__init__()
        self._colours = colours and not os.environ.get("NO_COLOR")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`, with a traceback below it if it has one."""
        event = _event(record)
        said = self._job(event) if event else _plain(record)
        trace_id = (event or {}).get("trace_id")
        of_trace = f" trace_id={_shown(trace_id)}" if trace_id else getattr(record, "of_trace", "")
        line = f"{datetime.fromtimestamp(record.created).astimezone():%H:%M:%S} {said}{of_trace}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line

    def _job(self, event: dict[str, Any]) -> str:
        """Return the line of a job: its queue, state, badge, error and duration."""
        state = str(event.get("state", ""))
        mark, colour = MARKS.get(state, FAILED)
        if self._colours:
            mark = f"\x1b[{colour}m{mark}\x1b[0m"
        args = event["args"] if isinstance(event.get("args"), dict) else {}
        badge = [_shown(args[key]) for key in ("name", "type") if args.get(key)]
        words = [_shown(event.get("queue")), mark, *(badge or [f"job {event.get('id')}"])]
        if state != "completed":
            words.append(_outcome(event, state))
        return " ".join([*words, _duration(event.get("duration"))])


def _event(record: logging.LogRecord) -> dict[str, Any] | None:
    """Return the event in Oban's line about a job, or None if `record` is another line."""
    event = parsed(record.getMessage()) if record.name == "oban" else None
    return event if event and str(event.get("event")).startswith("oban.job.") else None


def parsed(message: object) -> dict[str, Any] | None:
    """Return the object in Oban's JSON log line, or None if `message` is not such a line."""
    try:
        event = json.loads(str(message))
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _plain(record: logging.LogRecord) -> str:
    level = f"{record.levelname.lower()}: " if record.levelno >= logging.WARNING else ""
    return level + escaped(record.getMessage())


def _outcome(event: dict[str, Any], state: str) -> str:
    """Return what a job became that did not complete, and its error."""
    attempts = f"{state} after attempt {event.get('attempt')} of {event.get('max_attempts')}"
    error = event.get("error_type")
    message = str(event.get("error_message") or "").partition("\n")[0]
    return (
        f"{attempts}: {_shown(error)} {_shown(message) if message else ''}".strip() if error else state
    )


def _duration(milliseconds: object) -> str:
    if not isinstance(milliseconds, int | float):
        return ""
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _shown(value: object) -> str:
    return one_line(str(value), SHOWN_LENGTH)
