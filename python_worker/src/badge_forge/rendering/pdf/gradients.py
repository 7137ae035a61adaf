"""Make WeasyPrint's gradients keep the design's inks, and find colors that they can't have."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from traceback import walk_tb
from typing import Any

from badge_forge.designs.design import TEMPLATE, Design
from badge_forge.errors import DesignError
from badge_forge.files import read_regular
from badge_forge.rendering.inks import Ink
from badge_forge.rendering.stream import BadgeStream
from badge_forge.rendering.weasyprint_internals import (
    Color,
    Gradient,
    RadialGradient,
    darken,
    lighten,
    svg,
    svg_defs,
)

COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->|\{#.*?#\}", re.DOTALL)
RELIEF = re.compile(r"\b(?:groove|ridge|inset|outset)\b", re.IGNORECASE)

SHOWN_PLACES = 3
"""The maximum number of places that an error names."""


class GradientError(Exception):
    """A gradient has a color that is not allowed. The message is its kind: `linear` or `radial`."""


_draw, _draw_in_svg, _color, _to = Gradient.draw, svg.draw_gradient, svg_defs.color, Color.to


def keep_inks() -> None:
    """Make WeasyPrint draw gradients and shadows in device-cmyk colors. Further calls have no effect."""
    Gradient.draw = _draw_in_inks
    svg.draw_gradient = _draw_oversize
    svg_defs.color = _ink
    Color.to = _converted


def _draw_in_inks(gradient: Any, stream: Any, width: float, height: float, style: Any) -> None:
    gradient.colors = tuple(map(Ink.of, gradient.colors))
    only_inks = isinstance(stream, BadgeStream) and stream.cmyk and not stream.artwork
    # A transparent color has the color of its neighbors.
    if only_inks and any(color.alpha and not isinstance(color, Ink) for color in gradient.colors):
        raise GradientError(_kind(gradient))
    _draw(gradient, stream, width, height, style)


def _draw_oversize(image: Any, *arguments: Any, **options: Any) -> Any:
    stream = image.stream
    stream.oversize = True
    try:
        return _draw_in_svg(image, *arguments, **options)
    finally:
        stream.oversize = False


def _ink(string: str) -> Any:
    return Ink.of(_color(string))


def _converted(color: Any, space: str) -> Any:
    """Return `color` in `space`. tinycss2 can't copy a device-cmyk color, which shadows need."""
    return (
        Color(space, color.coordinates, color.alpha)
        if space == "device-cmyk" == color.space
        else _to(color, space)
    )


def _kind(gradient: Any) -> str:
    return "radial" if isinstance(gradient, RadialGradient) else "linear"


@contextmanager
def explain_gradient_errors(design: Design, sources: Iterable[Path]) -> Iterator[None]:
    """Raise `DesignError` with files and lines for gradients and borders that can't be drawn.

    `sources` are the design's files that the badge uses.
    """
    try:
        yield
    except GradientError as error:
        raise _explain(design, sources, str(error)) from error
    except NotImplementedError as error:  # WeasyPrint can't convert all color spaces
        frames = [frame for frame, _line in walk_tb(error.__traceback__)]
        for frame in frames:
            if isinstance(gradient := frame.f_locals.get("self"), Gradient):
                raise _explain(design, sources, _kind(gradient)) from error
            if frame.f_code in (darken.__code__, lighten.__code__):
                message = (
                    "CMYK can't have groove, ridge, inset or outset borders; use solid borders, "
                    "with a color for each side"
                )
                raise _error(design, sources, RELIEF, message) from error
        raise


def _explain(design: Design, sources: Iterable[Path], kind: str) -> DesignError:
    pattern = re.compile(rf"\b{kind}-gradient\s*\(", re.IGNORECASE)
    message = (
        f"a {kind} gradient can't have these colors in this kind of PDF; "
        "define them in [colors] of design.toml, and use var(--NAME)"
    )
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
