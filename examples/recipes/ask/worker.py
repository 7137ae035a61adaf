from typing import Any

from oban import Job, worker

from answer.completion import complete_with


async def reply(job: Job, answer: dict[str, Any]) -> None:
    """Answer the process that asked, in either language."""
    to = job.meta["reply_to"]
    meta = {"ask": job.meta["ask"]}
    await complete_with(job, Job(to["worker"], queue=to["queue"], args=answer, meta=meta))


@worker(queue="python")
class Capital:
    async def process(self, job: Job) -> None:
        await reply(job, {"capital": {"Scotland": "Edinburgh"}[job.args["country"]]})
