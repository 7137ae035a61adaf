from oban import Job, worker


@worker(queue="python")
class Thumbnail:
    async def process(self, job: Job) -> None:
        print("thumbnail of", job.args["path"], flush=True)
