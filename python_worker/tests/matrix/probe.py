"""The Python worker of the matrix: a job does what its args say. `elixir.exs` has the same in Elixir."""

import asyncio
import json
from pathlib import Path
from typing import Any

from oban import Cancel, Job, Snooze, worker


@worker(queue="python", max_attempts=3)
class Probe:
    """Appends what it sees of its job to the file `seen`, then does `do`."""

    def backoff(self, job: Job) -> int:
        """Return the seconds before the next attempt, which no test waits for."""
        return 3600

    async def process(self, job: Job) -> Any:
        """Do what the args say. Oban calls this."""
        fields = ("args", "attempt", "meta", "priority", "tags")
        with Path(job.args["seen"]).open("a") as seen:  # noqa: ASYNC230 — one line
            seen.write(json.dumps({field: getattr(job, field) for field in fields}) + "\n")
        until = Path(job.args.get("until", "/"))
        match job.args["do"]:
            case "ok":
                return None
            case "error":
                raise ValueError("out of ink")
            case "wait":
                while not until.exists() and not job.cancelled():  # noqa: ASYNC110 — a file
                    await asyncio.sleep(0.02)
                return Cancel("stopped") if job.cancelled() else None
            case "snooze":
                if until.exists():
                    return None
                until.touch()
                return Snooze(1)
