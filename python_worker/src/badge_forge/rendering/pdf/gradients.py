"""Reject gradients that WeasyPrint can't write in CMYK, and find their lines in the design.

WeasyPrint writes gradients with three color components, even on a CMYK page. Viewers then draw nothing,
or the wrong colors.
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
"""The shading types that WeasyPrint writes (ISO 32000-1, 8.7.4.5)."""

COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->|\{#.*?#\}", re.DOTALL)
RELIEF = re.compile(r"\b(?:groove|ridge|inset|outset)\b", re.IGNORECASE)

SHOWN_PLACES = 3
"""The maximum number of places that an error names."""


class GradientError(Exception):
    """A CMYK PDF contains a gradient. The message is its kind: `linear` or `radial`."""


def require_no_gradients(pdf: pydyf.PDF) -> None:
    """Raise `GradientError` if `pdf` contains a gradient."""
    for entry in pdf.objects:
        if isinstance(entry, pydyf.Dictionary) and "ShadingType" in entry:
            raise GradientError(KINDS[entry["ShadingType"]])


@contextmanager
def explain_gradient_errors(
    design: Design, sources: Iterable[Path], *, for_press: bool
) -> Iterator[None]:
    """Raise `DesignError` with files and lines for gradients and borders that can't be drawn in CMYK.

    `sources` are the design's files that the badge uses. `for_press` means that the PDF is a PDF/X-4.
    """
    try:
        yield
    except GradientError as error:
        raise _explain(design, sources, str(error), for_press) from error
    except NotImplementedError as error:  # WeasyPrint can't convert CMYK, in gradients and borders
        frames = [frame for frame, _line in walk_tb(error.__traceback__)]
        for frame in frames:
            if isinstance(gradient := frame.f_locals.get("self"), Gradient):
                kind = "radial" if isinstance(gradient, RadialGradient) else "linear"
                raise _explain(design, sources, kind, for_press) from error
            if frame.f_code in (darken.__code__, lighten.__code__):
                message = (
                    "CMYK can't have groove, ridge, inset or outset borders; use solid borders, "
                    "with a color for each side"
                )
                raise _error(design, sources, RELIEF, message) from error
        raise


def _explain(design: Design, sources: Iterable[Path], kind: str, for_press: bool) -> DesignError:
    pattern = re.compile(rf"\b{kind}-gradient\s*\(|<(?:\w+:)?{kind}Gradient\b", re.IGNORECASE)
    if for_press:
        message = f"PDF/X-4 can't have a {kind} gradient; use a solid color or an image"
    else:
        message = f"a {kind} gradient can't have device-cmyk() colors; use var(--NAME)"
    return _error(design, sources, pattern, message)


def _error(
    design: Design, sources: Iterable[Path], pattern: re.Pattern[str], message: str
) -> DesignError:
    places = list(_places(sources, pattern)) or [str(design.folder / TEMPLATE)]
    shown = ", ".join(places[:SHOWN_PLACES])
    if len(places) > SHOWN_PLACES:
        shown += f" (and {len(places) - SHOWN_PLACES} more)"
    return DesignError(f"{shown}: {message}; fix the design; the job will be retried")


def _places(sources: Iterable[Path], pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield FILE:LINE for each line that matches outside of comments."""
    for path in sorted(sources):
        with suppress(OSError):  # the file may have been removed
            text = COMMENT.sub(_newlines_of, read_regular(path).decode(errors="replace"))
            for number, line in enumerate(text.split("\n"), 1):
                if pattern.search(line):
                    yield f"{path}:{number}"


def _newlines_of(comment: re.Match[str]) -> str:
    return "\n" * comment[0].count("\n")
