from oban import Job, Oban


async def welcome(name: str) -> Job:
    job = Job("MyApp.Welcome", queue="elixir", args={"name": name}, max_attempts=5)
    return await Oban.get_instance().enqueue(job)
