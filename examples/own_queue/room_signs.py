"""Makes the sign of a room for Elixir, and asks Elixir to post a notice."""

import asyncio
import os
from pathlib import Path

from badge_forge.contracts.example_sign import ExampleSignArgs
from badge_forge.queue_worker import QueueWorker
from oban import Job, worker


@worker(queue="signs", max_attempts=5)
class MakeSign(QueueWorker[ExampleSignArgs]):
    """Writes the sign into the folder `SIGNS_DIR`."""

    model = ExampleSignArgs

    async def work(self, args: ExampleSignArgs, job: Job) -> Job:
        """Write the sign, and return the notice, which is enqueued when this job completes."""
        sign = Path(os.environ.get("SIGNS_DIR", ".")) / f"{args.room}.txt"
        await asyncio.to_thread(sign.write_text, args.text)
        notice = {"room": args.room, "text": f"The sign says: {args.text}"}
        return Job(queue="notices", worker="RoomSigns.Notice", max_attempts=5, args=notice)
