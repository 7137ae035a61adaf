"""Group failed jobs by cause, each with what fixes it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from badge_forge.jobs.failed import FailedJob
from badge_forge.views.recorded_error import reason
from badge_forge.views.remedies import Remedy, remedy

VARIES = re.compile(r"""[0-9a-f]{8}-[0-9a-f-]{27}|/[^ :,;"']+|"[^"]*("|$)|'[^']*('|$)|[0-9]+""")
"""What differs between failures of one cause, as in `failures.sql`: ids, paths, quotes, numbers."""


@dataclass(frozen=True)
class FailureGroup:
    """Failed jobs of a queue with one cause, the newest first, and the newest reason."""

    queue: str
    jobs: tuple[FailedJob, ...]
    remedy: Remedy

    @property
    def ids(self) -> list[int]:
        """The ids of the jobs, the newest first."""
        return [job.id for job in self.jobs]

    @property
    def failed_at(self) -> datetime | None:
        """When the newest of them failed (UTC)."""
        return self.jobs[0].failed_at


def grouped(jobs: Sequence[FailedJob], retry_all: str = "--all") -> list[FailureGroup]:
    """Return groups of `jobs`, which are the newest first, the largest group first.

    `retry_all` are the arguments of `badge-forge retry` for groups of more jobs than a command names.
    """
    found: dict[tuple[str, str], list[FailedJob]] = {}
    for job in jobs:
        cause = remedy(job.queue, _reason(job)).cause
        found.setdefault((job.queue, VARIES.sub("#", cause)), []).append(job)
    groups = [
        FailureGroup(
            queue,
            tuple(same),
            remedy(queue, _reason(same[0]), [job.id for job in same], retry_all=retry_all),
        )
        for (queue, _cause), same in found.items()
    ]
    return sorted(groups, key=lambda group: -len(group.jobs))


def _reason(job: FailedJob) -> str:
    return reason(job.error) if job.error else ""
