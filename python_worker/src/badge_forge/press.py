"""The press: a pool of renderer processes.

WeasyPrint keeps a core busy and does not give all of its memory back, so badges are rendered outside
the event loop, in processes that are replaced after a number of badges. One that hangs or dies costs
one attempt of one job.
"""

import asyncio
import multiprocessing
import os
import threading
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing.connection import wait
from types import TracebackType
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
        self._context.set_forkserver_preload([__name__])
        self._idle: asyncio.LifoQueue[ProcessPool] = asyncio.LifoQueue()
        self._pools: set[ProcessPool] = set()

    async def __aenter__(self) -> Self:
        for _ in range(self._renderers):
            self._idle.put_nowait(self._new_pool())
        await asyncio.gather(
            *(asyncio.wrap_future(pool.schedule(render, [SAMPLE])) for pool in self._pools)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(*(asyncio.to_thread(_scrap, pool) for pool in self._pools))

    async def render(self, attendee: Attendee) -> bytes:
        """Return the attendee's PDF, as soon as a renderer is free.

        Raises `RenderingError` if the renderer fails, dies or takes longer than the time-out.
        """
        pool = await self._idle.get()
        try:
            if not pool.active:  # its process died while it had nothing to do
                pool = self._replace(pool)
            future = pool.schedule(render, args=[attendee], timeout=self._timeout_s)
            return await asyncio.wrap_future(future)
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
            initializer=end_with_parent,
            context=self._context,
        )
        self._pools.add(pool)
        return pool

    def _replace(self, pool: ProcessPool) -> ProcessPool:
        self._pools.discard(pool)
        # In a thread: it waits for the process to be gone.
        threading.Thread(target=_scrap, args=[pool], daemon=True).start()
        fresh = self._new_pool()
        fresh.schedule(render, args=[SAMPLE])
        return fresh


def _scrap(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


@cache
def _renderer() -> Renderer:
    return Renderer()


def render(attendee: Attendee) -> bytes:
    """Render in this process, whose renderer is kept from badge to badge."""
    return _renderer().render(attendee)


def end_with_parent() -> None:
    """Make this process end when the worker does, even if that was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
