"""Which jobs a command is about: one filter for all commands that list or change jobs."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from badge_forge import registry
from badge_forge.jobs.statements import statement
from badge_forge.text.like import containing
from badge_forge.text.text import unaccented

CONDITION = statement(__package__, "job_filter")
MARK = b"/* job_filter */ true"
"""Where a statement has the condition: the statement can be executed without it, too."""


@dataclass(frozen=True)
class JobFilter:
    """Jobs of the registry's queues that meet all that is given. None means all.

    `queues` and `ids` are names and job ids. `batch` is a batch's id, `type` one of attendees, `event`
    an event's slug, and `name` a part of the name, without regard to case and accents. `since` is an
    aware time since when the job was enqueued, retried, attempted or ended.
    """

    queues: Sequence[str] | None = None
    ids: Sequence[int] | None = None
    batch: str | None = None
    type: str | None = None
    since: datetime | None = None
    name: str | None = None
    event: str | None = None

    @property
    def chosen(self) -> bool:
        """Whether anything is left out, except by queue and by id."""
        return any(value is not None for value in self._options().values())

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of `job_filter.sql`."""
        own = registry.names()
        return {
            "queues": own if self.queues is None else [name for name in self.queues if name in own],
            "ids": None if self.ids is None else list(self.ids),
            "batch": self.batch,
            "type": self.type,
            "event": self.event,
            "since": self.since and self.since.astimezone(UTC).replace(tzinfo=None),
            "name": None if self.name is None else containing(self.name),
            "unaccented": None if self.name is None else containing(unaccented(self.name)),
        }

    def __str__(self) -> str:
        """Return the options of the command line that choose the same, without queues and ids."""
        options = self._options()
        if self.since:
            options["since"] = self.since.astimezone().isoformat(timespec="seconds")
        return " ".join(f"--{key} {shlex.quote(str(value))}" for key, value in options.items() if value)

    def _options(self) -> dict[str, Any]:
        return {key: getattr(self, key) for key in ("batch", "type", "since", "name", "event")}


def with_filter(content: bytes) -> bytes:
    """Return a statement with the condition of `JobFilter` in the place that is marked for it."""
    assert content.count(MARK) == 1, f"a statement should have {MARK!r} once"
    return content.replace(MARK, CONDITION)


def filtered(name: str) -> bytes:
    """Return the statement `name`.sql of this package with the condition of `JobFilter`."""
    return with_filter(statement(__package__ or "", name))
