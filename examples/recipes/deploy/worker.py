from oban import Cancel, Job, Snooze, worker

VERSION = 2


@worker(queue="python")
class Resize:
    async def process(self, job: Job) -> Snooze | Cancel | None:
        args = job.args
        if args.get("version", 1) > VERSION:
            return Snooze(60)  # a newer process takes it, when it is deployed
        width = args.get("width_mm") or args.get("width")  # version 1 had `width`
        if not isinstance(width, int):
            return Cancel(f"width_mm: must be a whole number, got {width!r}")
        print("width", width, flush=True)
        return None
