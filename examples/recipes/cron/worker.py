from oban import Job, Oban, worker


@worker(queue="python", cron="* * * * *")
class EveryMinute:
    async def process(self, job: Job) -> None:
        await Oban.get_instance().enqueue(Job("MyApp.Welcome", queue="elixir", args={"name": "cron"}))
