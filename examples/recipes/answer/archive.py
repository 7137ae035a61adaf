from oban import Job, worker


@worker(queue="python")
class Archive:
    async def process(self, job: Job) -> None:
        print("archived:", job.args["text"], flush=True)
