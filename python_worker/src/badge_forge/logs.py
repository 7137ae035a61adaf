"""Configure logging: readable lines on a terminal, elsewhere Oban's JSON. With LOG_ARGS=false, log lines
contain ids instead of personal data.

Lines about a job that is traced have the trace id: Oban's JSON as `trace_id`, the others at their end.

The complete error of a job is in its row, with its args.
"""

import json
import logging
import sys
from typing import Any

from badge_forge import tracing
from badge_forge.attendee import Attendee
from badge_forge.errors import InputError
from badge_forge.log_lines import TerminalFormatter, parsed
from badge_forge.rendering.result import Fit
from badge_forge.settings import Settings
from badge_forge.text.text import escaped

OWN_LOGGERS = "badge_forge"
"""First part of the names of our loggers. Their arguments are numbers, ids and folders."""

KEPT = frozenset({"event", "worker", "queue", "state", "error_type", "trace_id"})
"""Keys whose text is kept in Oban's log lines."""


def configure(settings: Settings) -> None:
    """Log to standard error, with `log_level`, `log_format` and `log_args` of `settings`."""
    logging.basicConfig(stream=sys.stderr, level=settings.log_level)
    on_terminal = sys.stderr.isatty()
    formatter: logging.Formatter = Escaped(
        "%(asctime)s [%(levelname)s] %(name)s: %(message)s%(of_trace)s"
    )
    if settings.log_format == "text" or (settings.log_format == "auto" and on_terminal):
        formatter = TerminalFormatter(colours=on_terminal)
        logging.getLogger("yoyo").setLevel(logging.WARNING)  # it logs each step of a migration
    for handler in logging.getLogger().handlers:
        handler.setFormatter(formatter)
        handler.addFilter(AddTraceId())
        if not settings.log_args:
            handler.addFilter(RemovePersonalData())


class Escaped(logging.Formatter):
    """Formats a message as one line without control characters. Lines of a traceback are indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 # the name of logging
        """Return the line of `record`."""
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 # the name of logging
        """Return the traceback of an exception, whose message is untrusted."""
        return "\n".join(f"  {escaped(line)}" for line in super().formatException(ei).split("\n"))


class AddTraceId(logging.Filter):
    """Adds the trace id to log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Set `of_trace` of `record`, or change Oban's line, and return True."""
        trace_id = tracing.trace_id()
        record.of_trace = f" trace_id={trace_id}" if trace_id else ""
        # Oban logs a job when its span has ended. The line has the job's meta.
        if record.name == "oban" and '"traceparent"' in str(record.msg):
            event = parsed(record.msg) or {}
            if trace_id := tracing.trace_id(tracing.parent(event.get("meta"))):
                event["trace_id"] = trace_id
                record.msg = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        return True


class RemovePersonalData(logging.Filter):
    """Removes values, error messages and tracebacks from log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact `record` and return True."""
        error = record.exc_info[1] if record.exc_info else None
        if record.name == "oban" and (event := _event(record.msg)):
            record.msg, record.args = json.dumps(event), ()
        else:
            own = record.name.split(".")[0] == OWN_LOGGERS
            arguments = record.args if isinstance(record.args, tuple) else (record.args,)
            record.args = tuple(_redact(argument, own) for argument in arguments or ())
            # Keep the first line only: asyncio, for example, appends details in more lines.
            template = str(record.msg).partition("\n")[0]
            try:
                record.msg, record.args = (template % record.args if record.args else template), ()
            except (TypeError, ValueError):
                record.msg, record.args = template, ()
        if error:
            record.msg += f" ({_redact(error, True)})"
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def _event(message: object) -> dict[str, Any] | None:
    """Return the keys of Oban's JSON log line that are kept, or None if `message` is not such a line."""
    event = parsed(message)
    if event is None:
        return None
    return {key: value for key, value in event.items() if key in KEPT or isinstance(value, int | float)}


def _redact(value: Any, own: bool) -> Any:
    """Return `value`, an argument of our `own` log lines or of a library's, without personal data."""
    if isinstance(value, InputError):
        # An unknown field has a name that the sender chose, which can be a person's.
        return f"InputError: {value.field if value.field in Attendee.model_fields else 'args'}"
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, Fit):
        return f"line {value.line} was shortened at {value.size_pt:g} pt"
    return value if own or isinstance(value, int | float) else "…"
