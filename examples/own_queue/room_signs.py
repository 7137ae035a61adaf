"""Makes the sign of a room for Elixir, and asks Elixir to post a notice."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

from oban import Job, worker
from pydantic import BaseModel, ConfigDict, Field

from badge_forge.queue_worker import QueueWorker


class Sign(BaseModel):
    """The args: the model of `db/contracts/example_sign.schema.json`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    room: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]+$")]
    text: Annotated[str, Field(max_length=200)]


@worker(queue="signs", max_attempts=5)
class MakeSign(QueueWorker[Sign]):
    """Writes the sign into the folder `SIGNS_DIR`."""

    model = Sign

    async def work(self, args: Sign, job: Job) -> Job:
        """Write the sign, and return the notice, which is enqueued when this job completes."""
        sign = Path(os.environ.get("SIGNS_DIR", ".")) / f"{args.room}.txt"
        await asyncio.to_thread(sign.write_text, args.text)
        notice = {"room": args.room, "text": f"The sign says: {args.text}"}
        return Job(queue="notices", worker="RoomSigns.Notice", max_attempts=5, args=notice)
