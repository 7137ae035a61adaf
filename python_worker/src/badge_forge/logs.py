"""What the worker's log tells: with LOG_ARGS=false of jobs and badges their ids, and of people nothing.

The whole reason why a job failed stays in its row, with its args.
"""

import json
import logging
import sys
from typing import Any

from badge_forge.attendee import Attendee
from badge_forge.errors import InputError
from badge_forge.rendering.result import Fit
from badge_forge.settings import Settings

OURS = "badge_forge"
"""What our own loggers' names begin with: of values they are told numbers, ids, folders."""

TOLD = frozenset({"event", "worker", "queue", "state", "error_type"})
"""The texts that are left of a line of Oban's."""


def configure(settings: Settings) -> None:
    """Log to standard error, as `settings` have it."""
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log_level,
        format="%(asctime)s [%(levelname)s] %(name)s: %(message)s",
    )
    if not settings.log_args:
        for handler in logging.getLogger().handlers:
            handler.addFilter(WithoutPeople())


class WithoutPeople(logging.Filter):
    """Takes out of a record what may tell of a person: values, errors' texts, tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change `record`, and let it pass."""
        error = record.exc_info[1] if record.exc_info else None
        if record.name == "oban" and (event := _event(record.msg)):
            record.msg, record.args = json.dumps(event), ()
        else:
            ours = record.name.split(".")[0] == OURS
            arguments = record.args if isinstance(record.args, tuple) else (record.args,)
            record.args = tuple(_told(argument, ours) for argument in arguments or ())
            # asyncio, for one, writes into further lines what went wrong.
            template = str(record.msg).partition("\n")[0]
            try:
                record.msg, record.args = (template % record.args if record.args else template), ()
            except (TypeError, ValueError):
                record.msg, record.args = template, ()
        if error:
            record.msg += f" ({_told(error, True)})"
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def _event(message: object) -> dict[str, Any] | None:
    """Return what may be told of a line of JSON that Oban writes, or None if it is no such line."""
    try:
        event = json.loads(str(message))
    except ValueError:
        return None
    if not isinstance(event, dict):
        return None
    return {key: value for key, value in event.items() if key in TOLD or isinstance(value, int | float)}


def _told(value: Any, ours: bool) -> Any:
    """Return what a line may tell of `value`, which is one of `ours` or of a library."""
    if isinstance(value, InputError):
        # The name of a field that is none may be anything, a person's for one.
        return f"InputError: {value.field if value.field in Attendee.model_fields else 'args'}"
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, Fit):
        return f"line {value.line} was shortened at {value.size_pt:g} pt"
    return value if ours or isinstance(value, int | float) else "…"
