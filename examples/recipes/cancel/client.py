import asyncio

from oban import Job, Oban

RESEND_S = 1


async def export(seconds: int) -> int | None:
    job = Job("MyApp.Export", queue="elixir", args={"seconds": seconds})
    return (await Oban.get_instance().enqueue(job)).id


async def cancel(job_id: int) -> None:
    """Cancel a job of either language, and return when it has stopped."""
    oban = Oban.get_instance()
    await oban.cancel_job(job_id)
    while (job := await oban.get_job(job_id)) and job.state == "executing":
        await asyncio.sleep(RESEND_S)  # for Elixir to stop the job, and record that
        await oban.cancel_job(job_id)  # the signal can be lost
