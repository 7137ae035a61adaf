from oban import Job, Snooze, worker

from app.database import pool

UNFINISHED = """
SELECT count(*) FROM oban_jobs
WHERE meta @> jsonb_build_object('batch', %s::text)
  AND state NOT IN ('completed', 'cancelled', 'discarded')
"""


@worker(queue="python")
class BatchDone:
    async def process(self, job: Job) -> Snooze | None:
        async with pool.connection() as connection:
            rows = await connection.execute(UNFINISHED, [job.args["batch"]])
            if await rows.fetchone() != (0,):
                return Snooze(1)
        print("batch", job.args["batch"], "is done", flush=True)
        return None
