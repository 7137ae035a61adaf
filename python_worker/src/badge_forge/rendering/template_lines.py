"""Find lines of a template: the one that calls a function, and the one that raised an error.

Jinja compiles a template to Python, so both are found in Python's stack frames.
"""

import sys
import traceback
from pathlib import Path
from types import FrameType

from jinja2 import Template, TemplateSyntaxError

from badge_forge.designs.design import TEMPLATE


class TemplateLines:
    """The lines of one compiled `template`."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._lines: dict[int, int] = {}  # Jinja searches its table on each call

    def calling(self) -> int:
        """Return the line that called the running function, 0 if the template did not call it."""
        frame: FrameType | None = sys._getframe(1)
        while frame:
            if frame.f_code.co_filename == self._template.filename:
                return self._line_of(frame.f_lineno)
            frame = frame.f_back
        return 0

    def _line_of(self, line: int) -> int:
        """Return the template's line for a `line` of the Python code that Jinja compiled it to."""
        if line not in self._lines:
            self._lines[line] = self._template.get_corresponding_lineno(line)
        return self._lines[line]


def location_of(error: Exception, folder: Path) -> tuple[Path, int]:
    """Return the file in `folder` and the line that raised `error`.

    Returns line 0 of the design's template if no file of `folder` is in the traceback.
    """
    if isinstance(error, TemplateSyntaxError):
        return folder / (error.name or TEMPLATE), error.lineno
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(str(folder))
    ]
    if not frames:
        return folder / TEMPLATE, 0
    return Path(frames[-1].filename), frames[-1].lineno or 0
