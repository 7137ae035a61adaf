import asyncio
import socket
from typing import Any
from uuid import uuid4

from oban import Job, Oban, worker

# region
ANSWERS = f"python_answers_{socket.gethostname()}"
asking: dict[str, asyncio.Future[dict[str, Any]]] = {}


async def ask(name: str, args: dict[str, Any], timeout_s: float) -> dict[str, Any]:
    """Ask a worker in Elixir. Raises `TimeoutError` after `timeout_s`."""
    ref, oban = str(uuid4()), Oban.get_instance()
    asking[ref] = asyncio.get_running_loop().create_future()
    meta = {"ask": ref, "reply_to": {"queue": ANSWERS, "worker": "ask.client.Answers"}}
    job = await oban.enqueue(Job(name, queue="elixir", args=args, meta=meta))
    try:
        return await asyncio.wait_for(asking[ref], timeout_s)
    except TimeoutError:
        await oban.cancel_job(job)
        raise
    finally:
        del asking[ref]


@worker()
class Answers:
    async def process(self, job: Job) -> None:
        if (future := asking.get(job.meta["ask"])) and not future.done():
            future.set_result(job.args)
