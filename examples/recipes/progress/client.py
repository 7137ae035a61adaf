from oban import Oban


async def progress(job_id: int) -> tuple[str, int | None]:
    """Return a job's state and how far it is, in per cent or None."""
    job = await Oban.get_instance().get_job(job_id)
    if job is None:
        raise LookupError(f"no job {job_id}: it may have been pruned")
    return job.state, job.meta.get("progress")
