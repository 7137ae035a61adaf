"""Measure the CPU time per badge of one renderer, compared with other ways to draw the same page."""

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Self

from badge_forge.attendee import Attendee
from badge_forge.rendering import qr
from badge_forge.rendering.renderer import Renderer
from benchmarks.attendees import attendees
from benchmarks.contender import Contender, contender
from benchmarks.figures import Bound, Figure, ratios
from benchmarks.naive import write_badge
from benchmarks.page import Page, design, html_of, page_of, path_of
from benchmarks.run import Run
from benchmarks.stages import REST, STEPS, watched

PART = "renderer"
ROUNDS = 7
PEOPLE = 12
WARM_UP = 200
QR_MM = 29
"""The size of the QR code in the design."""

OURS, WITHOUT_REUSE, NAIVE, TYPST, TYPST_READY, REPORTLAB, QR = (
    "Badge Forge",
    "Badge Forge, without layout reuse",
    "the listing",
    "Typst",
    "Typst, with the QR code given",
    "ReportLab",
    "the QR code alone",
)


@dataclass(frozen=True)
class _People:
    """The attendees of a round, in the form that each contender needs. No attendee appears twice."""

    attendees: list[Attendee]
    pages: list[Page]
    htmls: list[str]

    @classmethod
    def of(cls, people: list[Attendee]) -> Self:
        htmls = [html_of(person) for person in people]
        return cls(people, [page_of(*each) for each in zip(people, htmls, strict=True)], htmls)


def measure(run: Run) -> list[Figure]:
    """Measure all contenders, interleaved."""
    endless = attendees()
    warm_up, *rounds = [
        _People.of(list(islice(endless, run.size(PEOPLE, 4)))) for _ in range(1 + ROUNDS)
    ]
    samples: defaultdict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:

        def start(make: Callable[[], Callable[..., object]]) -> Contender:
            return stack.enter_context(contender(make))

        contenders: dict[str, tuple[Contender, Callable[[_People], Sequence[Any]]]] = {
            OURS: (start(_ours), lambda people: people.attendees),
            WITHOUT_REUSE: (start(_without_reuse), lambda people: people.attendees),
            NAIVE: (start(_listing), lambda people: people.htmls[: len(people.htmls) // 4]),
        }
        for name, package, make in (
            (TYPST, "typst", _typst),
            (TYPST_READY, "typst", _typst_ready),
            (REPORTLAB, "reportlab", _reportlab),
        ):
            if find_spec(package):
                contenders[name] = (start(make), lambda people: people.pages)
            else:
                run.say(f"{name}: skipped, {package} is not installed: `make bench` installs it")
        contenders[QR] = (start(_qr), lambda people: [person.id for person in people.attendees])
        for one, subjects in contenders.values():
            one.cpu_ms(subjects(warm_up))
        # In use, a renderer makes a thousand badges, and its caches are warm for most of them.
        for name in (OURS, WITHOUT_REUSE):
            contenders[name][0].cpu_ms(list(islice(endless, run.size(WARM_UP, 4))))
        for number in run.rounds(ROUNDS):
            for name, (one, subjects) in contenders.items():
                samples[name].append(one.cpu_ms(subjects(rounds[number])))
    return _figures(samples) + _steps(run, list(islice(endless, run.size(WARM_UP, 4))), rounds)


def _figures(samples: dict[str, list[float]]) -> list[Figure]:
    figures = [
        Figure(PART, f"{name}, CPU a badge", "ms", tuple(taken)) for name, taken in samples.items()
    ]
    against = {
        NAIVE: ("listing against Badge Forge", None),
        WITHOUT_REUSE: ("Badge Forge against the same without layout reuse", None),
        TYPST_READY: ("Badge Forge against Typst, with the QR code given", Bound("at most", 4)),
        TYPST: ("Badge Forge against Typst, both encode the QR code", Bound("at most", 4)),
        REPORTLAB: ("Badge Forge against ReportLab", None),
    }
    for name, (title, bound) in against.items():
        if name in samples:
            pair = (samples[NAIVE], samples[OURS]) if name == NAIVE else (samples[OURS], samples[name])
            figures.append(Figure(PART, title, "times", ratios(*pair), bound))
    return figures


def _steps(run: Run, warm_up: list[Attendee], rounds: list[_People]) -> list[Figure]:
    """Measure, in this process, how long each step of a badge takes."""
    renderer = Renderer(design())
    for person in warm_up:
        renderer.render(person)
    samples: defaultdict[str, list[float]] = defaultdict(list)
    for number in run.rounds(ROUNDS):
        people = rounds[number].attendees
        with watched() as stopwatch:
            start = time.thread_time()
            for person in people:
                renderer.render(person)
            total = time.thread_time() - start
        stopwatch.seconds[REST] = total - sum(stopwatch.seconds.values())
        for name in (*STEPS, REST):
            samples[name].append(stopwatch.seconds[name] * 1_000 / len(people))
    return [Figure(PART, f"of which: {name}", "ms", tuple(taken)) for name, taken in samples.items()]


# The functions below run in the contenders' processes.


def _ours() -> Callable[[Attendee], object]:
    return Renderer(design()).render


def _without_reuse() -> Callable[[Attendee], object]:
    return Renderer(design(), reuse_layouts=False).render


def _listing() -> Callable[[str], object]:
    folder = tempfile.TemporaryDirectory()

    def draw(html: str) -> None:
        write_badge(html, Path(folder.name) / "badge.pdf")

    return draw


def _typst_ready() -> Callable[[Page], object]:
    from benchmarks import typst_badge

    return typst_badge.drawer()


def _typst() -> Callable[[Page], object]:
    return _with_qr(_typst_ready())


def _reportlab() -> Callable[[Page], object]:
    from benchmarks import reportlab_badge

    return _with_qr(reportlab_badge.drawer())


def _with_qr(draw: Callable[[Page], object]) -> Callable[[Page], object]:
    """Return `draw`, but encode the QR code for each page, as Badge Forge does."""

    def with_qr(page: Page) -> object:
        *shapes, code = page.shapes
        fresh = replace(code, path=path_of(qr.make(page.attendee.id, QR_MM)))
        return draw(replace(page, shapes=(*shapes, fresh)))

    return with_qr


def _qr() -> Callable[[str], object]:
    return lambda text: qr.make(text, QR_MM)
