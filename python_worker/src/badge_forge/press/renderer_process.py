"""Code that runs inside a renderer process: one badge after another, until the press or the worker ends.

A process is forked from a server that has imported everything and rendered nothing. Forking after a
first rendering would save 0.2 s, but the process would hang: Pango 1.56 starts a thread for fontconfig,
and threads do not survive a fork.
"""

import gc
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Iterator
from multiprocessing.connection import wait
from uuid import UUID

from badge_forge.attendee import DEFAULT_DESIGN, Attendee
from badge_forge.press.confinement import confine
from badge_forge.rendering.renderers import Renderers
from badge_forge.rendering.result import RenderedBadge

NICENESS = 10
"""Renderers keep all cores busy. The worker and the database need little CPU time, but each badge waits
for them, so they run at a higher priority."""

MIB = 1024 * 1024

_renderers: Renderers
_failure: Exception | None = None
"""Why this process could not be set up. Pebble would only say that it ended."""


def render_in_this_process(attendee: Attendee) -> RenderedBadge:
    """Render a badge with the renderers of this process."""
    return _renderers.render(attendee)


def warm_up() -> int:
    """Render samples, which fills the caches of fonts and layouts, and return the process id.

    Raises the error of `start_renderer`, if it failed.
    """
    if _failure:
        raise _failure
    for sample in _samples():
        render_in_this_process(sample)
    return os.getpid()


def _samples() -> Iterator[Attendee]:
    """Yield a badge of each common kind. The first of a kind takes five times as long as the others."""
    for slug in _renderers.renderer(DEFAULT_DESIGN).design.settings.types:
        for title in ("", "-"):
            yield Attendee(id=str(UUID(int=0)), name="Warm Up", company="-", type=slug, title=title)


def start_renderer(renderers: Renderers, memory_mib: int) -> None:
    """Set this process up to render with `renderers`, and confine it.

    It can allocate at most `memory_mib`, so that an endless page does not exhaust the machine. It ends
    when the worker ends, even if the worker is killed. It ignores SIGTERM, which a supervisor may send
    to all processes of the worker: the current badge is finished, and the press ends its renderers.
    """
    global _renderers, _failure
    _renderers = renderers
    gc.freeze()  # what the fork server has imported, which stays
    gc.enable()
    try:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.nice(NICENESS)
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mib * MIB, memory_mib * MIB))
        threading.Thread(target=_end_with_parent, daemon=True).start()
        confine()
    except Exception as error:
        _failure = error


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
