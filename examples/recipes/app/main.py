"""Run the queues of the recipes until SIGTERM: `python -m app.main`."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from oban import Oban

import cron.worker  # noqa: F401 — the schedule of a worker is known once it is imported
from app.database import pool
from ask.client import ANSWERS


@asynccontextmanager
async def running() -> AsyncIterator[Oban]:
    """Run both queues of this process."""
    async with pool, Oban(pool=pool, queues={"python": 10, ANSWERS: 10}) as oban:
        yield oban


async def main() -> None:
    """Run until SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running():
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
