from oban import Job, Oban

from app.database import pool

COMPLETE = """
UPDATE oban_jobs SET state = 'completed', completed_at = timezone('UTC', now())
WHERE id = %s AND state = 'executing' AND attempt = %s
"""


async def complete_with(job: Job, answer: Job) -> None:
    """Complete `job` and enqueue `answer`: both, or neither if the job was cancelled or rescued."""
    async with pool.connection() as connection:  # a transaction
        if (await connection.execute(COMPLETE, [job.id, job.attempt])).rowcount == 1:
            await Oban.get_instance().enqueue(answer, conn=connection)
