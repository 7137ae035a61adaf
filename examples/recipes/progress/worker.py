import asyncio

from oban import Job, worker

from app.database import pool

# region
REPORT = """
UPDATE oban_jobs SET meta = meta || jsonb_build_object('progress', %s::int)
WHERE id = %s AND state = 'executing' AND attempt = %s
"""


async def report(job: Job, percent: int) -> None:
    """Write progress into the row of a running job, at most once for each per cent."""
    if percent != job.meta.get("progress"):
        job.meta["progress"] = percent
        async with pool.connection() as connection:
            await connection.execute(REPORT, [percent, job.id, job.attempt])


@worker(queue="python")
class Train:
    async def process(self, job: Job) -> None:
        steps = job.args["seconds"]
        for done, seconds in enumerate(steps, 1):
            await asyncio.sleep(seconds)
            await report(job, 100 * done // len(steps))
