"""Measure how long each step of the renderer and of WeasyPrint takes for a badge."""

import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce, wraps
from typing import Any

STEPS = {
    "fill the template": ("badge_forge.rendering.template", "BadgeTemplate.fill"),
    "fit the texts": ("badge_forge.rendering.fitting.fitting", "Fitter.fit"),
    "encode the QR code": ("badge_forge.rendering.qr", "make"),
    "set the texts": ("badge_forge.rendering.layout_reuse.layout_cache", "CachedLayout.set"),
    "parse the HTML": ("weasyprint", "HTML.__init__"),
    "style": ("weasyprint.document", "get_all_computed_styles"),
    "build boxes": ("weasyprint.document", "build_formatting_structure"),
    "lay out": ("weasyprint.document", "Document._render"),
    "draw": ("weasyprint.document", "Page.paint"),
    "describe the PDF": ("weasyprint.document", "generate_pdf"),
    "subset the fonts": ("weasyprint.pdf", "build_fonts_dictionary"),
    "finish for print": ("badge_forge.rendering.pdf.finishing", "Finisher.finish"),
    "write the PDF's bytes": ("pydyf", "PDF.write"),
}
"""Module and function of each step. The time of a step excludes that of the steps it calls."""

REST = "all the rest"


class Stopwatch:
    """The CPU seconds of each step, by name."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner: list[float] = [0.0]

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap `function` so that its time, without that of other steps, is added to `name`."""

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._inner.append(0.0)
            start = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                elapsed = time.thread_time() - start
                self.seconds[name] += elapsed - self._inner.pop()
                self._inner[-1] += elapsed

        return timed


@contextmanager
def watched() -> Iterator[Stopwatch]:
    """Time the steps while the block runs. A step whose function does not exist takes no time."""
    stopwatch = Stopwatch()
    replaced: list[tuple[Any, str, Any]] = []
    try:
        for name, (module, path) in STEPS.items():
            *owners, attribute = path.split(".")
            owner = reduce(lambda found, part: getattr(found, part, None), owners, _module(module))
            function = getattr(owner, attribute, None)
            if function is not None:
                replaced.append((owner, attribute, vars(owner)[attribute]))
                setattr(owner, attribute, stopwatch.wrap(name, function))
        yield stopwatch
    finally:
        for owner, attribute, function in replaced:
            setattr(owner, attribute, function)


def _module(name: str) -> Any:
    return importlib.import_module(name)
