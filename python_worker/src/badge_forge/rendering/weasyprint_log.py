"""Detect problems that WeasyPrint only logs: errors, and characters that no font draws."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from badge_forge.errors import RenderingError
from badge_forge.settings import COMMAND
from badge_forge.text.scripts import explain

LOGGER = logging.getLogger("weasyprint")

MISSING = re.compile(r"\.notdef glyph .*\(U\+(?P<code_point>[0-9A-F]+)\)")

EXPLAINED = 8
"""The number of characters that an error explains. Those of one script have the same explanation."""


@contextmanager
def require_glyphs() -> Iterator[None]:
    """Raise `RenderingError` with the characters that WeasyPrint drew as boxes inside the block."""
    with missing_glyphs() as missing:
        yield
    if missing:
        more = f" and {len(missing) - EXPLAINED} more" if len(missing) > EXPLAINED else ""
        raise RenderingError(
            f"no font on this machine draws {', '.join(map(explain, missing[:EXPLAINED]))}{more}; "
            f"run {COMMAND} doctor for details; the job will be retried"
        )


@contextmanager
def missing_glyphs() -> Iterator[list[int]]:
    """Collect the code points that WeasyPrint draws as boxes inside the block, without duplicates."""
    missing = _MissingGlyphs()
    LOGGER.addFilter(missing)
    try:
        yield missing.code_points
    finally:
        LOGGER.removeFilter(missing)


class _MissingGlyphs(logging.Filter):
    """Removes WeasyPrint's warnings about missing glyphs from the log, and keeps the code points."""

    def __init__(self) -> None:
        super().__init__()
        self.code_points: list[int] = []

    def filter(self, record: logging.LogRecord) -> bool:
        match = MISSING.search(record.getMessage())
        if match and (code_point := int(match["code_point"], 16)) not in self.code_points:
            self.code_points.append(code_point)
        return match is None


@contextmanager
def log_messages(level: int) -> Iterator[list[str]]:
    """Collect the messages that WeasyPrint logs at `level` or above inside the block."""
    collector = _Collector(level)
    LOGGER.addHandler(collector)
    try:
        yield collector.messages
    finally:
        LOGGER.removeHandler(collector)


class _Collector(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
