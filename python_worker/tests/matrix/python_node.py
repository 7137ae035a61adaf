"""The Python process of the matrix: the parts of the worker, with queues that run `Probe`.

It ends when its input ends. The id of each job that its telemetry reports goes to the file TELEMETRY.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from oban import telemetry
from psycopg_pool import AsyncConnectionPool

from badge_forge.jobs.notifier import create_oban
from badge_forge.jobs.own_rows import touch_only
from badge_forge.jobs.queue_watch import QueueWatch
from matrix.probe import Probe  # noqa: F401 — registers the worker


def _report(_name: str, event: dict[str, Any]) -> None:
    with Path(os.environ["TELEMETRY"]).open("a") as file:
        file.write(f"{event['job'].id}\n")


async def main() -> None:
    """Run the queues until the input ends."""
    touch_only([])
    telemetry.attach("matrix", ["oban.job.stop"], _report)
    async with AsyncConnectionPool(
        os.environ["DATABASE_URL"], min_size=1, open=False, kwargs={"autocommit": True}
    ) as pool:
        oban = create_oban(
            {"python": 5, "python_serial": 1},
            pool=pool,
            metrics=True,
        )
        async with oban:
            watch = asyncio.create_task(QueueWatch(oban, "python", 5, pool).run())
            await asyncio.to_thread(sys.stdin.read)
            watch.cancel()


asyncio.run(main())
