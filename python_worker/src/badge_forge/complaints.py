"""What WeasyPrint logs and goes on after: here it is heard."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def complaints(level: int) -> Iterator[list[str]]:
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
