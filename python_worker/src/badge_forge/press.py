"""The press: a pool of renderer processes.

WeasyPrint keeps a core busy and does not give all of its memory back, so badges are rendered outside
the event loop, in processes that are replaced after a number of badges. One that hangs or dies costs
one attempt of one job.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing.connection import wait
from types import FrameType, TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessPool

from badge_forge.attendee import Attendee
from badge_forge.errors import RenderingError
from badge_forge.rendering import Renderer

BADGES_PER_RENDERER = 1_000
"""After so many badges a renderer is replaced by a fresh one."""

SAMPLE = Attendee(
    id="00000000-0000-0000-0000-000000000000", name="Warm Up", company="-", type="attendee"
)


class Press:
    """Renderer processes, used as `async with Press(renderers=2, timeout_s=30) as press`.

    `renderers` is their number. A badge that takes longer than `timeout_s` seconds is given up, and its
    renderer killed.
    """

    def __init__(
        self, renderers: int, timeout_s: float, badges_per_renderer: int = BADGES_PER_RENDERER
    ) -> None:
        self._renderers = renderers
        self._timeout_s = timeout_s
        self._badges_per_renderer = badges_per_renderer
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["badge_forge.fork_server", __name__])
        self._idle: asyncio.LifoQueue[ProcessPool] = asyncio.LifoQueue()
        self._pools: set[ProcessPool] = set()

    async def __aenter__(self) -> Self:
        for _ in range(self._renderers):
            self._idle.put_nowait(self._new_pool())
        try:
            await asyncio.gather(*(self._run(pool, SAMPLE) for pool in self._pools))
        except Exception as error:
            await self._stop()
            raise RenderingError(f"no renderer starts: {type(error).__name__}: {error}") from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def render(self, attendee: Attendee) -> bytes:
        """Return the attendee's PDF, as soon as a renderer is free.

        Raises `RenderingError` if the renderer fails, dies or takes longer than the time-out.
        """
        pool = await self._idle.get()
        try:
            if not pool.active:  # its process died while it had nothing to do
                pool = self._replace(pool)
            return await self._run(pool, attendee)
        except (TimeoutError, ProcessExpired, BrokenProcessPool, asyncio.CancelledError) as error:
            pool = self._replace(pool)
            if isinstance(error, asyncio.CancelledError):
                raise
            raise RenderingError(self._explain(attendee, error)) from error
        except Exception as error:
            message = f"can't render badge {attendee.id}: {type(error).__name__}: {error}"
            raise RenderingError(message) from error
        finally:
            self._idle.put_nowait(pool)

    async def _run(self, pool: ProcessPool, attendee: Attendee) -> bytes:
        future = pool.schedule(render_in_this_process, [attendee], timeout=self._timeout_s)
        return await asyncio.wrap_future(future)

    async def _stop(self) -> None:
        await asyncio.gather(*(asyncio.to_thread(_scrap, pool) for pool in self._pools))

    def _explain(self, attendee: Attendee, error: BaseException) -> str:
        if isinstance(error, TimeoutError):
            return (
                f"badge {attendee.id} took longer than {self._timeout_s:g} s, "
                "its renderer was killed; the job will be tried again"
            )
        code = getattr(error, "exitcode", "unknown")
        return (
            f"the renderer of badge {attendee.id} died with exit code {code}; "
            "the job will be tried again"
        )

    def _new_pool(self) -> ProcessPool:
        # One process a pool. The processes of one pool share locks, and one that is killed with a lock
        # in its hand would stop them all.
        pool = ProcessPool(
            max_workers=1,
            max_tasks=self._badges_per_renderer,
            initializer=start_renderer,
            context=self._context,
        )
        self._pools.add(pool)
        return pool

    def _replace(self, pool: ProcessPool) -> ProcessPool:
        self._pools.discard(pool)
        # In a thread: it waits for the process to be gone.
        threading.Thread(target=_scrap, args=[pool], daemon=True).start()
        fresh = self._new_pool()
        fresh.schedule(render_in_this_process, [SAMPLE], timeout=self._timeout_s)
        return fresh


def _scrap(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


# What follows runs in the renderer processes.


@cache
def _renderer() -> Renderer:
    return Renderer()


_at_work = threading.Event()


def render_in_this_process(attendee: Attendee) -> bytes:
    """Render with this process's own `Renderer`, which is kept from badge to badge."""
    _at_work.set()
    try:
        return _renderer().render(attendee)
    finally:
        _at_work.clear()


def start_renderer() -> None:
    """Make this process finish its badge on SIGTERM, and end with the worker, even a killed one."""
    signal.signal(signal.SIGTERM, _end_unless_at_work)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_unless_at_work(number: int, frame: FrameType | None) -> None:
    # It may come from whoever stops all processes of the worker at once. The press sends another when
    # it has its badge; and kills, if that does not help.
    if not _at_work.is_set():
        os._exit(0)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
