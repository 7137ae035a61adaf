import asyncio
from contextlib import suppress

from oban import Cancel, Job, Oban, worker


# region
@worker(queue="python")
class Encode:
    async def process(self, job: Job) -> Cancel | None:
        program = await asyncio.create_subprocess_exec("sleep", str(job.args["seconds"]))
        try:
            while program.returncode is None:
                if await is_cancelled(job):
                    return Cancel("cancelled while it ran")
                with suppress(TimeoutError):
                    await asyncio.wait_for(program.wait(), 0.5)
        finally:
            if program.returncode is None:
                program.kill()
        if program.returncode:
            raise RuntimeError(f"exit code {program.returncode}")
        return None


async def is_cancelled(job: Job) -> bool:
    """Look at the signal, and at the row, since a signal can be lost."""
    row = None if job.cancelled() else await Oban.get_instance().get_job(job.id or 0)
    return row is None or row.state != "executing"
