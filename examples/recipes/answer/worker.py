from oban import Job, worker

from answer.completion import complete_with


@worker(queue="python")
class Total:
    async def process(self, job: Job) -> None:
        total = {"total": sum(job.args["prices"])}
        await complete_with(job, Job("MyApp.Invoice", queue="elixir", args=job.args | total))
