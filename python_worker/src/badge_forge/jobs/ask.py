"""Ask for one badge, and wait for its PDF. `BadgeForge.ask/3` in Elixir is the same."""

import hashlib
import time
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from badge_forge.attendee import Attendee
from badge_forge.errors import AskTimeoutError, NotRenderedError
from badge_forge.files import read_regular
from badge_forge.jobs.enqueue import enqueue
from badge_forge.jobs.failed import reason
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import PRINTING

ANSWER = statement(__package__, "answer")

POLL_S = 0.05


class Answer(NamedTuple):
    """What the table says about a badge's job. `state` is None if its row was deleted."""

    state: str | None
    error: str | None
    file: str | None
    sha256: str | None


def ask(
    connection: psycopg.Connection, attendee: Attendee, badges_dir: Path, timeout_s: float = 30.0
) -> Path:
    """Enqueue the badge of `attendee`, wait up to `timeout_s` seconds, and return the path of its PDF.

    The PDF is in `badges_dir`, complete, and the one that a worker confirmed. The print center prints it
    as well. The `connection` must be in autocommit mode.

    Raises `AskTimeoutError` if it takes longer; the badge is still rendered and printed. Raises
    `NotRenderedError` if the job was cancelled, discarded or deleted, or if the PDF is not there.
    """
    deadline = time.monotonic() + timeout_s
    job_id = enqueue(connection, attendee)
    while True:
        answer = _answer(connection, job_id, attendee.id)
        if answer.file is not None:
            return _confirmed(badges_dir.resolve(), answer)
        if answer.state in (None, "completed", "cancelled", "discarded"):
            state = answer.state or "deleted"
            raise NotRenderedError(reason(answer.error) or f"job {job_id} is {state}, without a PDF")
        if time.monotonic() >= deadline:
            raise AskTimeoutError(f"job {job_id} is still {answer.state} after {timeout_s:g} s")
        time.sleep(POLL_S)


def _answer(connection: psycopg.Connection, job_id: int, badge_id: str) -> Answer:
    parameters = {"id": job_id, "badge_id": badge_id, "printing": PRINTING}
    with connection.cursor(row_factory=class_row(Answer)) as cursor:
        answer = cursor.execute(ANSWER, parameters).fetchone()
    assert answer
    return answer


def _confirmed(badges_dir: Path, answer: Answer) -> Path:
    """Return the path of the confirmed PDF. A row can name any file, so the folder is ignored."""
    path = badges_dir / Path(answer.file or "").name
    try:
        found = hashlib.sha256(read_regular(path)).hexdigest()
    except (OSError, ValueError) as error:  # a name can have a NUL
        why = getattr(error, "strerror", None) or error
        raise NotRenderedError(f"can't read the PDF {path.name!r} in {badges_dir}: {why}") from None
    if found != answer.sha256:
        raise NotRenderedError(
            f"the PDF {path.name!r} in {badges_dir} is not the one that was confirmed"
        )
    return path
