"""The press: a pool of renderer processes.

Rendering is CPU-bound, so it would block the event loop, and WeasyPrint does not free all of its memory.
So badges are rendered in processes, which are replaced after a number of badges or when they have grown.
A process that hangs, dies or uses too much memory costs one attempt of one job.
"""

import asyncio
import multiprocessing
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessPool

from badge_forge.attendee import Attendee
from badge_forge.errors import InputError, RenderingError
from badge_forge.press.priority_pool import PriorityPool
from badge_forge.press.renderer_handle import RendererHandle
from badge_forge.press.renderer_process import render_in_this_process, start_renderer, warm_up
from badge_forge.press.status import PressStatus
from badge_forge.rendering.renderers import Renderers
from badge_forge.rendering.result import RenderedBadge

BADGES_PER_RENDERER = 1_000
"""A renderer is replaced after this number of badges, as soon as its successor is ready."""

PRELOADED = [
    "badge_forge.press.fork_server",
    "badge_forge.rendering.renderer",
    "badge_forge.press.renderer_process",
]
"""Modules that the fork server imports once, so that renderers need not import them."""

START_TIMEOUT_S = 120
"""Time limit for the start of a renderer, which reads fonts and renders samples. That takes a second of
CPU time, and up to a minute on a busy machine. With the longest rendering it is still below the time
limit of a job."""


class Press:
    """Renderer processes, used as `async with Press(renderers, size=2, timeout_s=30) as press`.

    `size` is the number of processes; each gets a copy of `renderers`. If a badge takes longer than
    `timeout_s` seconds, its renderer is killed and the badge fails. If it needs more than `memory_mib`,
    the badge fails. A renderer that uses more than half of `memory_mib` is replaced.
    """

    def __init__(
        self,
        renderers: Renderers,
        size: int,
        timeout_s: float,
        badges_per_renderer: int = BADGES_PER_RENDERER,
        memory_mib: int = 1024,
    ) -> None:
        self._prototype = renderers
        self._size = size
        self._timeout_s = timeout_s
        self._badges_per_renderer = badges_per_renderer
        self._memory_mib = memory_mib
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._idle = PriorityPool[RendererHandle]()
        self._renderers: set[RendererHandle] = set()
        self._restarts = 0

    async def __aenter__(self) -> Self:
        for _ in range(self._size):
            self._idle.release(self._start())
        try:
            started = [asyncio.wrap_future(renderer.started) for renderer in self._renderers]
            async with asyncio.timeout(START_TIMEOUT_S):
                await asyncio.gather(*started)
        except Exception as error:
            await self._stop()
            raise RenderingError(f"cannot start a renderer: {_cause(error)}") from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def render(self, attendee: Attendee, priority: int = 0) -> RenderedBadge:
        """Render the attendee's badge. Callers with a lower `priority` number get a renderer first.

        Raises `InputError` if the badge cannot be rendered from its args, and `RenderingError` if the
        renderer fails, dies or exceeds the time-out.
        """
        renderer = await self._idle.acquire(priority)
        try:
            if not renderer.pool.active:  # its process died while it was idle
                renderer = self._replace(renderer)
            elif self._is_worn_out(renderer):
                renderer = self._successor_or_same(renderer)
            return await self._run(renderer, attendee)
        except (TimeoutError, ProcessExpired, BrokenProcessPool, asyncio.CancelledError) as error:
            renderer = self._replace(renderer)
            if isinstance(error, asyncio.CancelledError):
                raise
            raise RenderingError(self._explain(attendee, error)) from error
        except InputError:
            raise
        except MemoryError as error:
            raise RenderingError(
                f"badge {attendee.id} needs more than {self._memory_mib} MiB (RENDERER_MEMORY_MIB): "
                "simplify its design or raise the limit; the job will be retried"
            ) from error
        except RenderingError as error:
            raise RenderingError(f"cannot render badge {attendee.id}: {error}") from error
        except Exception as error:
            message = f"cannot render badge {attendee.id}: {type(error).__name__}: {error}"
            raise RenderingError(message) from error
        finally:
            self._idle.release(renderer)

    def status(self) -> PressStatus:
        """Return the state of the renderers. Takes less than a millisecond."""
        successors = {renderer.successor for renderer in self._renderers}
        memory = [renderer.memory_mib() for renderer in self._renderers - successors]
        running = sorted((round(mib, 1) for mib in memory if mib), reverse=True)
        return PressStatus(self._size, self._size - self._idle.free, running, self._restarts)

    def _is_worn_out(self, renderer: RendererHandle) -> bool:
        return (
            renderer.badges >= self._badges_per_renderer or renderer.memory_mib() > self._memory_mib / 2
        )

    async def _run(self, renderer: RendererHandle, attendee: Attendee) -> RenderedBadge:
        renderer.badges += 1
        # Not by pebble's time limits: they go by the wall clock, which can jump.
        if not renderer.started.done():
            started = asyncio.wrap_future(renderer.started)
            await asyncio.wait({started}, timeout=START_TIMEOUT_S)
            if not started.done():
                raise TimeoutError
            if not started.cancelled():
                started.exception()  # the pool starts another process, which may succeed
        future = renderer.pool.schedule(render_in_this_process, [attendee])
        async with asyncio.timeout(self._timeout_s):
            return await asyncio.wrap_future(future)

    def _explain(self, attendee: Attendee, error: BaseException) -> str:
        if isinstance(error, TimeoutError):
            return (
                f"badge {attendee.id} took longer than {self._timeout_s:g} s (RENDER_TIMEOUT_S), "
                "its renderer was killed; the job will be retried"
            )
        code = getattr(error, "exitcode", "unknown")
        return f"the renderer of badge {attendee.id} died with exit code {code}; the job will be retried"

    def _start(self) -> RendererHandle:
        pool = ProcessPool(
            max_workers=1,
            initializer=start_renderer,
            initargs=[self._prototype, self._memory_mib],
            context=self._context,
        )
        started = pool.schedule(warm_up)
        renderer = RendererHandle(pool, started)
        self._renderers.add(renderer)
        return renderer

    def _successor_or_same(self, renderer: RendererHandle) -> RendererHandle:
        """Return the successor of `renderer` if it is ready. Else start one and return `renderer`."""
        successor = self._successor_of(renderer)
        if successor is None:
            renderer.successor = self._start()
        return self._replace(renderer) if successor and successor.ready else renderer

    def _replace(self, renderer: RendererHandle) -> RendererHandle:
        successor = self._successor_of(renderer)
        self._discard(renderer)
        self._restarts += 1
        return successor or self._start()

    def _successor_of(self, renderer: RendererHandle) -> RendererHandle | None:
        """Return the successor of `renderer`, or None if it does not exist, died or failed to start."""
        successor = renderer.successor
        failed = (
            successor
            and not successor.ready
            and (successor.started.done() or time.monotonic() - successor.since > START_TIMEOUT_S)
        )
        if successor and (failed or not successor.pool.active):
            self._discard(successor)
            renderer.successor = None
        return renderer.successor

    def _discard(self, renderer: RendererHandle) -> None:
        self._renderers.discard(renderer)
        threading.Thread(target=renderer.kill, daemon=True).start()

    async def _stop(self) -> None:
        await asyncio.gather(*(asyncio.to_thread(renderer.kill) for renderer in self._renderers))


def _cause(error: BaseException) -> str:
    """Describe what made a process fail. Pebble's own errors can have no text, but a cause."""
    while error.__cause__ and not str(error):
        error = error.__cause__
    if isinstance(error, ProcessExpired):
        return f"its process ended with exit code {error.exitcode}: is there enough memory?"
    return f"{type(error).__name__}: {error}"
