"""The worker process: run Oban with the queues of this side until a graceful shutdown."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from typing import Any

from oban.telemetry import logger as telemetry_logger
from psycopg import AsyncConnection, OperationalError
from psycopg.types.json import set_json_dumps
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from badge_forge import registry, session
from badge_forge.database.schema import check_database
from badge_forge.database.url import (
    CONNECT_TIMEOUT_S,
    connected_async,
    kept_alive,
    parse,
    unreachable,
)
from badge_forge.errors import DatabaseError
from badge_forge.jobs import lenient_json
from badge_forge.jobs.lifeline import Lifeline
from badge_forge.jobs.notifier import create_oban
from badge_forge.jobs.own_rows import touch_only
from badge_forge.jobs.queue_watch import QueueWatch
from badge_forge.jobs.release import collect_orphans, release
from badge_forge.jobs.remembered_pauses import paused_queues
from badge_forge.jobs.wire import BADGES
from badge_forge.jobs.workers import import_workers
from badge_forge.press.press import Press
from badge_forge.rendering.renderers import Renderers
from badge_forge.settings import COMMAND, Settings
from badge_forge.storage import Storage
from badge_forge.text.text import counted
from badge_forge.worker_context import WorkerContext

logger = logging.getLogger(__name__)

BADGES_PER_RENDERER_IN_HAND = 2
"""Jobs fetched for each renderer, so that the next badge is there when it has finished one."""

RECONNECT_S = 3.0
"""Caps the back-off between attempts to connect, which psycopg doubles each time: after this, it starts
again at a second. So the worker resumes within seconds when a cut network is back."""

EVENTS = [
    event
    for event in telemetry_logger.EVENTS
    if event != "oban.job.start"  # one line per job is enough: oban.job.stop or oban.job.exception
]


async def run(database_url: str, settings: Settings) -> None:
    """Render badges until SIGTERM or Ctrl-C, then finish the running jobs and return.

    A second Ctrl-C kills the process. Raises `DatabaseError`.
    """
    stop = _stop_on_signals()
    async with open_worker_context(database_url, settings) as context:
        telemetry_logger.attach(events=EVENTS)
        try:
            async with _started(context, settings):
                logger.info(
                    "Forging badges into %s with %s, press Ctrl-C to stop",
                    context.storage.folder,
                    counted(settings.renderers, "renderer"),
                )
                await stop.wait()
                logger.info("Finishing the running jobs")
        finally:
            telemetry_logger.detach()
    logger.info("Stopped")


@asynccontextmanager
async def _started(context: WorkerContext, settings: Settings) -> AsyncIterator[None]:
    """Run Oban and the lifeline. At the end, finish running jobs and release those that are too slow."""
    badges = QueueWatch(
        context.oban,
        BADGES,
        _jobs_in_hand(settings),
        context.pool,
        lambda: {"renderers": asdict(context.press.status())},
        settings.health_file,
    )
    others = [
        QueueWatch(context.oban, queue, limit, context.pool)
        for queue, limit in _limits(settings).items()
        if queue != BADGES
    ]
    try:
        async with _running(Lifeline(context.pool, registry.names()).run()):
            with collect_orphans() as orphans:
                async with context.oban, AsyncExitStack() as watched:
                    for watch in (badges, *others):
                        await watched.enter_async_context(_running(watch.run()))
                    yield
            if orphans:
                await release(orphans, context.oban._node, context.pool)
    except (OperationalError, PoolTimeout) as error:
        raise DatabaseError(
            "the database does not answer: start it again, then the running jobs are rescued"
        ) from error


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` in the background until the block ends, then cancel it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def open_worker_context(
    database_url: str, settings: Settings, press: AbstractAsyncContextManager[Press] | None = None
) -> AsyncIterator[WorkerContext]:
    """Open the connection pool and the press, and create an `Oban` without starting it.

    A test may pass the `press` to open. Raises `SettingsError` if a worker of the registry is missing,
    `DatabaseError` if the database cannot be reached, or its schema is missing or too old.
    """
    import_workers(registry.queues("python"))
    touch_only(registry.names())
    async with _open_pool(database_url) as pool, press or _press(settings) as opened:
        paused = await paused_queues(pool)
        for queue in paused.intersection(_limits(settings)):
            logger.warning("The queue %s is paused: `%s resume %s` continues it", queue, COMMAND, queue)
        oban = create_oban(
            _limits(settings),
            paused,
            listen_url=await _listen_url(settings),
            pool=pool,
            pruner={"max_age": settings.prune_after_s},
            metrics=True,
            shutdown_grace_period=settings.shutdown_grace_s,
        )
        with WorkerContext(opened, Storage(settings.badges_dir), oban, pool).in_use() as context:
            yield context


async def _listen_url(settings: Settings) -> str | None:
    """Return the URL for notifications if there is one. Raises `DatabaseError`, `SettingsError`."""
    if settings.listen_database_url is None:
        return None
    url = settings.listen_database_url.get_secret_value()
    parse(url, "LISTEN_DATABASE_URL")
    try:
        async with connected_async(url, connect_timeout=CONNECT_TIMEOUT_S):
            return kept_alive(url)
    except OperationalError as error:
        raise unreachable(url, error) from error


def _limits(settings: Settings) -> dict[str, int]:
    """Return how many jobs of each queue this process runs at once."""
    limits = {queue.name: queue.limit for queue in registry.queues("python")}
    return limits | {BADGES: _jobs_in_hand(settings)}


def _jobs_in_hand(settings: Settings) -> int:
    return settings.renderers * BADGES_PER_RENDERER_IN_HAND


def _press(settings: Settings) -> Press:
    return Press(
        Renderers(
            settings.designs_dir, cmyk_profile=settings.cmyk_profile, events_dir=settings.events_dir
        ),
        size=settings.renderers,
        timeout_s=settings.render_timeout_s,
        memory_mib=settings.renderer_memory_mib,
    )


@asynccontextmanager
async def _open_pool(database_url: str) -> AsyncIterator[AsyncConnectionPool[AsyncConnection]]:
    # Not on a connection of the pool, which hides the reason of a failure behind its retries.
    await check_database(database_url)
    async with AsyncConnectionPool(
        kept_alive(database_url),
        min_size=1,
        max_size=10,
        timeout=CONNECT_TIMEOUT_S,
        reconnect_timeout=RECONNECT_S,
        open=False,
        kwargs={"autocommit": True},  # Oban starts transactions itself
        configure=_configure,
    ) as pool:
        yield pool


async def _configure(connection: AsyncConnection) -> None:
    await session.prepare_async(connection)
    set_json_dumps(lenient_json.dumps, connection)


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_ctrl_c() -> None:
        if stop.is_set():
            logger.warning("Second Ctrl-C: killing the worker")
            signal.raise_signal(signal.SIGKILL)
        stop.set()

    loop.add_signal_handler(signal.SIGINT, on_ctrl_c)
    # A second SIGTERM does nothing more: a supervisor and `badge-forge db run` may both send one.
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    return stop
