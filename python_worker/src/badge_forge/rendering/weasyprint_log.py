"""What WeasyPrint logs and carries on after: its errors, and characters that no font draws."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from badge_forge.errors import RenderingError
from badge_forge.text.scripts import explain

LOGGER = logging.getLogger("weasyprint")

MISSING = re.compile(r"\.notdef glyph .*\(U\+(?P<code_point>[0-9A-F]+)\)")

EXPLAINED = 8
"""How many characters an error explains: letters of one script would all say the same."""


@contextmanager
def require_glyphs() -> Iterator[None]:
    """Raise `RenderingError`, which names the characters, if a box was drawn while the block ran."""
    with missing_glyphs() as missing:
        yield
    if missing:
        more = f" and {len(missing) - EXPLAINED} more" if len(missing) > EXPLAINED else ""
        raise RenderingError(
            f"no font on this machine draws {', '.join(map(explain, missing[:EXPLAINED]))}{more}; "
            "bin/badge-forge doctor tells more, the job will be tried again"
        )


@contextmanager
def missing_glyphs() -> Iterator[list[int]]:
    """Collect the code points, each once, for which a box is drawn while the block runs."""
    missing = _MissingGlyphs()
    LOGGER.addFilter(missing)
    try:
        yield missing.code_points
    finally:
        LOGGER.removeFilter(missing)


class _MissingGlyphs(logging.Filter):
    """Takes WeasyPrint's warnings of missing glyphs out of the log, and keeps the code points."""

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
    """Collect what WeasyPrint logs at `level` or above while the block runs."""
    collector = _Collector(level)
    logger = logging.getLogger("weasyprint")
    logger.addHandler(collector)
    try:
        yield collector.messages
    finally:
        logger.removeHandler(collector)


class _Collector(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
