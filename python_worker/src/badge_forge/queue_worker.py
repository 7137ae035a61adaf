"""The base class of a worker of your own (docs/a-queue-of-your-own.md)."""

import logging
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from oban import Cancel, Job
from pydantic import BaseModel, ValidationError

from badge_forge import registry
from badge_forge.errors import InputError, JobLostError
from badge_forge.jobs import heartbeat
from badge_forge.jobs.confirmation import complete_and_confirm
from badge_forge.text.text import cut
from badge_forge.worker_context import WorkerContext

logger = logging.getLogger(__name__)

SHOWN_VALUE_LENGTH = 60
"""Most characters of an invalid value that a message repeats."""


class QueueWorker[Args: BaseModel]:
    """Checks the args of a job, does its work with heartbeats, and ends the work if the job is lost.

        @worker(queue="signs", max_attempts=5)
        class MakeSign(QueueWorker[Sign]):
            model = Sign

            async def work(self, args: Sign, job: Job) -> Job | None: ...

    Args that break the contract cancel the job, with a message that begins with the field. Any other
    error is raised, and Oban retries the job.
    """

    model: ClassVar[type[BaseModel]]
    """The model of the args. `extra="forbid"` in its `model_config` refuses unknown fields."""

    @abstractmethod
    async def work(self, args: Args, job: Job) -> Job | None:
        """Do the work of `job`. Return a job to enqueue together with the completion, or None.

        Run code that blocks with `asyncio.to_thread`: it would keep all jobs of this process from
        writing heartbeats. The work may run twice, after a crash for example: make it safe to repeat.
        """

    def timeout(self, job: Job) -> float:
        """Return the time-out of `job` in seconds, which the registry has. Oban calls this."""
        entry = registry.find(job.queue)
        return entry.timeout_s if entry else registry.DEFAULT_TIMEOUT_S

    async def process(self, job: Job) -> Cancel | None:
        """Check the args, do the work, and enqueue the job that it returned. Oban calls this."""
        pool = WorkerContext.current().pool
        try:
            args = cast(Args, parse(self.model, job.args))
            answer = await heartbeat.during(job, self.work(args, job), pool)
        except (InputError, JobLostError) as error:
            logger.warning("Cancelled job %s of the queue %s: %s", job.id, job.queue, error)
            return Cancel(str(error))
        if answer and not await complete_and_confirm(job, answer, pool):
            return Cancel("the job was cancelled or rescued while it was running")
        return None


def parse[Args: BaseModel](model: type[Args], args: Mapping[str, Any]) -> Args:
    """Validate the `args` of a job. Raises `InputError`, one line that begins with the wrong field."""
    try:
        return model.model_validate(args)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        field = str(problem["loc"][0]) if problem["loc"] else "args"
        shown = cut(field if field.isidentifier() else repr(field), SHOWN_VALUE_LENGTH)
        match problem["type"]:
            case "missing":
                message = "is missing"
            case "extra_forbidden":
                message = "is not known, remove it"
            case _:
                value = cut(repr(problem["input"])[: 2 * SHOWN_VALUE_LENGTH], SHOWN_VALUE_LENGTH)
                message = f"{problem['msg'].removeprefix('Input ')}, got {value}"
        raise InputError(field, f"{shown}: {message}") from None
