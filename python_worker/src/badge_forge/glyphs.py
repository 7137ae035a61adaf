"""Characters that no font here draws: WeasyPrint draws a box for each, and only logs it."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from badge_forge.errors import RenderingError

LOGGER = logging.getLogger("weasyprint")

MISSING = re.compile(r"\.notdef glyph .*\((?P<code_point>U\+[0-9A-F]+)\)")


@contextmanager
def none_missing() -> Iterator[None]:
    """Raise `RenderingError`, which names the characters, if a box was drawn while the block ran."""
    missing = _MissingGlyphs()
    LOGGER.addFilter(missing)
    try:
        yield
    finally:
        LOGGER.removeFilter(missing)
    if missing.code_points:
        raise RenderingError(
            f"no font on this machine draws {', '.join(missing.code_points)}: "
            "install one that does, the job will be tried again"
        )


class _MissingGlyphs(logging.Filter):
    """Takes WeasyPrint's warnings of missing glyphs out of the log, and keeps the code points."""

    def __init__(self) -> None:
        super().__init__()
        self.code_points: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        match = MISSING.search(record.getMessage())
        if match and match["code_point"] not in self.code_points:
            self.code_points.append(match["code_point"])
        return match is None
