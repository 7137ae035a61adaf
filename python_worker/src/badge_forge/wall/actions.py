"""What a wall can do with `--allow-actions`: retry, cancel, print again, and settle as printed."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from badge_forge.database.url import connected
from badge_forge.jobs.failed import retry
from badge_forge.jobs.print_again import print_again, settle_as_printed
from badge_forge.jobs.signals import cancel
from badge_forge.views.job_states import FAILED
from badge_forge.wall.security import has_token, new_token

Action = Literal["retry", "cancel", "print-again", "printed"]

DONE = ("completed", *FAILED)
RETRIED = (*FAILED, "retryable")


class NothingToDoError(Exception):
    """The badge is in a state in which the action does nothing. The message says why."""


@dataclass(frozen=True)
class Actions:
    """Acts as the worker's role, on a separate connection, for those who have the token."""

    worker_url: str
    badges_dir: Path
    token: str

    @classmethod
    def allowed(cls, worker_url: str, badges_dir: Path) -> "Actions":
        """Allow actions to those who get the new `token`."""
        return cls(worker_url, badges_dir, new_token())

    def permits(self, authorization: str | None) -> bool:
        """Tell whether the header `Authorization` has the token."""
        return has_token(authorization, self.token)

    async def run(self, action: Action, badge: dict[str, Any], reason: str | None = None) -> str:
        """Do `action` with the `badge` (a row of `find_badges`), and say what was done.

        `reason` is why it is printed again.

        Raises `NothingToDoError` and `DatabaseError`.
        """
        if action == "print-again":
            return await asyncio.to_thread(self._print_again, badge, reason)
        perform = {"retry": self._retry, "cancel": self._cancel, "printed": self._printed}
        return await asyncio.to_thread(perform[action], badge)

    def _retry(self, badge: dict[str, Any]) -> str:
        job_id, state = _current_job(badge)
        if state not in RETRIED:
            raise NothingToDoError(f"nothing to retry: its job is {state}")
        with connected(self.worker_url) as connection:
            result = retry(connection, [job_id], self.badges_dir)
        if result.rendered_again:
            return "The PDF is missing or was replaced: the badge is rendered again."
        if not result.retried:
            raise NothingToDoError("not retried: its job has just changed, or it and the PDF are gone")
        return "The badge is tried again."

    def _cancel(self, badge: dict[str, Any]) -> str:
        job_id, state = _current_job(badge)
        with connected(self.worker_url) as connection:
            cancelled = state not in DONE and cancel(connection, [job_id])
        if not cancelled:
            raise NothingToDoError(f"nothing to cancel: its job is {state}")
        return "The badge is cancelled."

    def _print_again(self, badge: dict[str, Any], reason: str | None) -> str:
        with connected(self.worker_url) as connection:
            reprint = print_again(connection, badge["id"], reason)
        match reprint.outcome:
            case "enqueued":
                return f"The badge is printed again, reprint {reprint.number}."
            case "no reason":
                raise NothingToDoError(
                    "not printed again: it was printed, so say why it is wanted again"
                )
        raise NothingToDoError("not printed again: it was not printed yet, or is being printed")

    def _printed(self, badge: dict[str, Any]) -> str:
        with connected(self.worker_url) as connection:
            settled = settle_as_printed(connection, badge["id"])
        if settled.outcome != "printed":
            raise NothingToDoError("nothing to settle: its last print did not end as unknown")
        return "The badge counts as printed."


def _current_job(badge: dict[str, Any]) -> tuple[int, str]:
    """Return the id and the state of the job that the badge waits for: its print, if there is one."""
    if badge["print_id"]:
        return badge["print_id"], badge["print_state"]
    return badge["job_id"], badge["badge_state"]
