from oban import Job, worker


@worker(queue="python")
class Square:
    async def process(self, job: Job) -> None:
        print(job.args["number"] ** 2, flush=True)
