"""What runs inside of a renderer process: one badge after the other, until the press or the worker ends.

A process is forked from a server that has imported everything, but rendered nothing. Forked from one
that has, it would start 0.2 s sooner, and hang: Pango (1.56 does) keeps a thread of its own for
fontconfig, which a fork leaves behind.
"""

import multiprocessing
import os
import resource
import signal
import threading
from multiprocessing.connection import wait
from typing import get_args
from uuid import UUID

from badge_forge.attendee import Attendee, AttendeeType
from badge_forge.press.confinement import confine
from badge_forge.rendering.renderers import Renderers
from badge_forge.rendering.result import RenderedBadge

SAMPLES = [
    Attendee(id=str(UUID(int=0)), name="Warm Up", company="-", type=type_, title=title)
    for type_ in get_args(AttendeeType)
    for title in ("", "-")
]
"""A badge of each kind that most are of: the first of a kind takes five times as long as the others."""

NICENESS = 10
"""Renderers keep every core busy. The worker and the database go first, each for a moment: a walk-up
waits for them, and a renderer that waits for its next badge does nothing."""

MIB = 1024 * 1024

_renderers: Renderers


def render_in_this_process(attendee: Attendee) -> RenderedBadge:
    """Render with this process's own renderers, which are kept from badge to badge."""
    return _renderers.render(attendee)


def warm_up() -> int:
    """Render samples, so that badges find fonts read and pages laid out; return the process id."""
    for sample in SAMPLES:
        render_in_this_process(sample)
    return os.getpid()


def start_renderer(renderers: Renderers, memory_mib: int) -> None:
    """Make this process render with `renderers`, and end with the worker, even a killed one, not before.

    It gets no more than `memory_mib` of its own, so that a page without end takes nobody else's.

    SIGTERM may come from whoever stops all processes of the worker at once. The badge in hand is
    finished all the same; the press ends its renderers itself. From here on it is confined.
    """
    global _renderers
    _renderers = renderers
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mib * MIB, memory_mib * MIB))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    confine()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
