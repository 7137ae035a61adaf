"""The Oban worker that Elixir names: `badge_forge.generator.GenerateBadge`, and nothing else."""

import asyncio
import hashlib
import logging

from oban import Cancel, Job, worker

from badge_forge.attendee import Attendee
from badge_forge.errors import InputError, TakenAwayError
from badge_forge.jobs import heartbeat
from badge_forge.jobs.confirmation import complete_and_confirm, confirmation
from badge_forge.jobs.wire import BADGES
from badge_forge.worker_context import WorkerContext

logger = logging.getLogger(__name__)


JOB_TIMEOUT_S = 300.0
"""A badge waits for a renderer, is rendered and stored: all within this, the rendering within
`RENDER_TIMEOUT_S`."""


@worker(queue=BADGES, max_attempts=5)
class GenerateBadge:
    """Renders one badge, stores its PDF and confirms it to the print center.

    Args: see `db/contracts/generate_badge.schema.json`. Args that break the contract cancel the job;
    everything else that goes wrong raises, and Oban retries. A job that is cancelled meanwhile is given
    up at once.
    """

    def timeout(self, job: Job) -> float:
        """Return the seconds that `job` may take; Oban reads it."""
        return JOB_TIMEOUT_S

    async def process(self, job: Job) -> Cancel | None:
        """Forge the badge that `job` asks for."""
        context = WorkerContext.current()
        try:
            attendee = Attendee.from_args(job.args)
            print_job = await heartbeat.during(job, _forge(job, attendee, context), context.pool)
        except (InputError, TakenAwayError) as error:
            logger.warning("Cancelled badge job %s: %s", job.id, error)
            return Cancel(str(error))
        confirmed = await complete_and_confirm(job, print_job, context.pool)
        # The row is somebody else's by then, and Oban leaves it alone; this is for the log.
        return None if confirmed else Cancel("taken away while its badge was rendered")


async def _forge(job: Job, attendee: Attendee, context: WorkerContext) -> Job:
    """Render and store a badge, and return its confirmation."""
    badge = await context.press.render(attendee, job.priority)
    for shortened in badge.shortened:
        logger.warning("Badge %s: %s", attendee.id, shortened)
    path = await asyncio.to_thread(context.storage.write, attendee, badge.pdf)
    return confirmation(job, attendee, path, hashlib.sha256(badge.pdf).hexdigest())
