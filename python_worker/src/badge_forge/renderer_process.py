"""What runs inside of a renderer process: one badge after the other, until the press or the worker ends.

A process is forked from a server that has imported everything, but rendered nothing. Forked from one
that has, it would start 0.2 s sooner, and hang: Pango (1.56 does) keeps a thread of its own for
fontconfig, which a fork leaves behind.
"""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait

from badge_forge.attendee import Attendee
from badge_forge.rendering import Rendered, Renderers

SAMPLE = Attendee(
    id="00000000-0000-0000-0000-000000000000", name="Warm Up", company="-", type="attendee"
)

_renderers: Renderers


def render_in_this_process(attendee: Attendee) -> Rendered:
    """Render with this process's own renderers, which are kept from badge to badge."""
    return _renderers.render(attendee)


def warm_up() -> int:
    """Render a sample, so that the first badge finds fonts and templates read; return the process id."""
    render_in_this_process(SAMPLE)
    return os.getpid()


def start_renderer(renderers: Renderers) -> None:
    """Make this process render with `renderers`, and end with the worker, even a killed one, not before.

    SIGTERM may come from whoever stops all processes of the worker at once. The badge in hand is
    finished all the same; the press ends its renderers itself.
    """
    global _renderers
    _renderers = renderers
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
