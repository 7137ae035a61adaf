"""The Oban worker of badge jobs. Rows name it as `badge_forge.generator.GenerateBadge`."""

import asyncio
import hashlib
import logging

from oban import Cancel, Job, worker
from opentelemetry.trace import Span, StatusCode

from badge_forge import registry, tracing
from badge_forge.attendee import Attendee
from badge_forge.errors import InputError, JobLostError
from badge_forge.jobs import heartbeat
from badge_forge.jobs.confirmation import complete_and_confirm, confirmation, is_reprint, version_of
from badge_forge.jobs.wire import BADGES
from badge_forge.worker_context import WorkerContext

logger = logging.getLogger(__name__)


@worker(queue=BADGES, max_attempts=5)
class GenerateBadge:
    """Renders a badge, stores its PDF and confirms it to the print center.

    Its args: `db/contracts/generate_badge.schema.json`. Args that break the contract cancel the job. Any
    other error is raised, and Oban retries the job. A job that is cancelled while it runs stops at once.
    """

    def timeout(self, job: Job) -> float:
        """Return the time-out of `job` in seconds. Oban calls this."""
        return registry.BADGES.timeout_s

    async def process(self, job: Job) -> Cancel | None:
        """Render, store and confirm the badge of `job`. Oban calls this."""
        with tracing.span("render badge", job) as span:
            cancel = await _generate(job, WorkerContext.current(), span)
            if cancel:
                span.set_status(StatusCode.ERROR, "cancelled")
            return cancel


async def _generate(job: Job, context: WorkerContext, span: Span) -> Cancel | None:
    try:
        attendee = Attendee.from_args(job.args)
        span.set_attribute("badge.id", attendee.id)
        if is_reprint(job):
            logger.info(
                "Badge %s is rendered and printed again: job %s was retried after it had completed",
                attendee.id,
                job.id,
            )
        print_job = await heartbeat.during(job, _render_and_store(job, attendee, context), context.pool)
    except (InputError, JobLostError) as error:
        logger.warning("Cancelled badge job %s: %s", job.id, error)
        return Cancel(str(error))
    confirmed = await complete_and_confirm(job, print_job, context.pool)
    if confirmed and (version := version_of(job)) > 1:
        await asyncio.to_thread(context.storage.remove_earlier, attendee, version)
    # Oban's acknowledgement matches no row if the job was lost: the reason only appears in the log.
    return None if confirmed else Cancel("the job was cancelled or rescued while it was running")


async def _render_and_store(job: Job, attendee: Attendee, context: WorkerContext) -> Job:
    """Render and store a badge, and return its confirmation."""
    badge = await context.press.render(attendee, job.priority)
    for shortened in badge.shortened:
        logger.warning("Badge %s: %s", attendee.id, shortened)
    path = await asyncio.to_thread(context.storage.write, attendee, badge.pdf, version_of(job))
    return confirmation(job, attendee, path, hashlib.sha256(badge.pdf).hexdigest())
