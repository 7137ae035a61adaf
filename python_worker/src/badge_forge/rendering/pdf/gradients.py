"""Gradients that can't be written as a PDF/X-4 needs them, and the lines of the design that have them.

WeasyPrint writes a gradient with the three channels of RGB, on a page in CMYK too: then a viewer draws
nothing there, or other colours.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from traceback import walk_tb

import pydyf

from badge_forge.designs.design import TEMPLATE, Design
from badge_forge.errors import DesignError
from badge_forge.files import read_regular
from badge_forge.rendering.weasyprint_internals import Gradient, RadialGradient, darken, lighten

KINDS = {2: "linear", 3: "radial"}
"""The types of shadings that WeasyPrint writes (ISO 32000-1, 8.7.4.5)."""

COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->|\{#.*?#\}", re.DOTALL)
RELIEF = re.compile(r"\b(?:groove|ridge|inset|outset)\b", re.IGNORECASE)

SHOWN_PLACES = 3
"""How many places an error names at most."""


class GradientError(Exception):
    """There is a gradient of the kind `linear` or `radial` in a PDF that can't have one."""


def require_none(pdf: pydyf.PDF) -> None:
    """Raise `GradientError` if there is a gradient in `pdf`."""
    for entry in pdf.objects:
        if isinstance(entry, pydyf.Dictionary) and "ShadingType" in entry:
            raise GradientError(KINDS[entry["ShadingType"]])


@contextmanager
def located(design: Design, sources: Iterable[Path], *, for_press: bool) -> Iterator[None]:
    """Raise `DesignError`, which names files and lines, for a gradient that can't be written.

    Also for what WeasyPrint can't draw in CMYK at all. `sources` are the design's files that were used.
    """
    try:
        yield
    except GradientError as error:
        raise _explain(design, sources, str(error), for_press) from error
    except NotImplementedError as error:  # CMYK was to be converted, in one of two places
        frames = [frame for frame, _line in walk_tb(error.__traceback__)]
        for frame in frames:
            if isinstance(gradient := frame.f_locals.get("self"), Gradient):
                kind = "radial" if isinstance(gradient, RadialGradient) else "linear"
                raise _explain(design, sources, kind, for_press) from error
            if frame.f_code in (darken.__code__, lighten.__code__):
                message = "a border in relief can't be in CMYK: make it solid, each side in its colour"
                raise _error(design, sources, RELIEF, message) from error
        raise


def _explain(design: Design, sources: Iterable[Path], kind: str, for_press: bool) -> DesignError:
    pattern = re.compile(rf"\b{kind}-gradient\s*\(|<(?:\w+:)?{kind}Gradient\b", re.IGNORECASE)
    if for_press:
        message = f"a {kind} gradient can't be in a PDF/X-4: use a plain colour there, or a picture"
    else:
        message = f"a {kind} gradient can't have colours in CMYK: use var(--NAME)"
    return _error(design, sources, pattern, message)


def _error(
    design: Design, sources: Iterable[Path], pattern: re.Pattern[str], message: str
) -> DesignError:
    places = list(_places(sources, pattern)) or [str(design.folder / TEMPLATE)]
    shown = ", ".join(places[:SHOWN_PLACES])
    if len(places) > SHOWN_PLACES:
        shown += f" (and {len(places) - SHOWN_PLACES} more)"
    return DesignError(f"{shown}: {message}; fix the design, the job will be tried again")


def _places(sources: Iterable[Path], pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield FILE:LINE of what matches outside of comments."""
    for path in sorted(sources):
        with suppress(OSError):  # it was removed meanwhile
            text = COMMENT.sub(_lines_of, read_regular(path).decode(errors="replace"))
            for number, line in enumerate(text.split("\n"), 1):
                if pattern.search(line):
                    yield f"{path}:{number}"


def _lines_of(comment: re.Match[str]) -> str:
    return "\n" * comment[0].count("\n")
