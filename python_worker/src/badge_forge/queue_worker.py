"""The base class of a worker of your own (docs/a-queue-of-your-own.md)."""

import logging
from abc import abstractmethod
from typing import ClassVar, cast

from oban import Cancel, Job

from badge_forge import registry
from badge_forge.args import Args
from badge_forge.errors import InputError, JobLostError
from badge_forge.jobs import heartbeat
from badge_forge.jobs.confirmation import complete_and_confirm
from badge_forge.worker_context import WorkerContext

logger = logging.getLogger(__name__)


class QueueWorker[Contract: Args]:
    """Checks the args of a job, does its work with heartbeats, and ends the work if the job is lost.

        @worker(queue="signs", max_attempts=5)
        class MakeSign(QueueWorker[SignArgs]):
            model = SignArgs

            async def work(self, args: SignArgs, job: Job) -> Job | None: ...

    Args that break the contract cancel the job, with a message that begins with the field. Any other
    error is raised, and Oban retries the job.
    """

    model: ClassVar[type[Args]]
    """The type of the args in `badge_forge.contracts`, which `make contracts` generates."""

    @abstractmethod
    async def work(self, args: Contract, job: Job) -> Job | None:
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
            args = cast(Contract, self.model.from_args(job.args))
            answer = await heartbeat.during(job, self.work(args, job), pool)
        except (InputError, JobLostError) as error:
            logger.warning("Cancelled job %s of the queue %s: %s", job.id, job.queue, error)
            return Cancel(str(error))
        if answer and not await complete_and_confirm(job, answer, pool):
            return Cancel("the job was cancelled or rescued while it was running")
        return None
