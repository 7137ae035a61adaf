"""Ask the print center about its printers, and let it print sheets: jobs that Elixir answers."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, ValidationError

from badge_forge.contracts.printers import PrintersArgs
from badge_forge.errors import AskTimeoutError, NotPrintedError
from badge_forge.jobs.ask import POLL_S
from badge_forge.jobs.failed import reason
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import BADGE_FORGE_PRINTERS, PRINTERS

ASK_PRINTERS = statement(__package__, "ask_printers")
PRINTERS_ANSWER = statement(__package__, "printers_answer")

ENDED = ("completed", "cancelled", "discarded")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class PrinterState(_Answer):
    """A printer of the print center, as it answered. Its texts are untrusted.

    `media` and `sides` are those of the configuration. `blocked` says why it can't print, None if it
    can. The rest is empty if it does not answer.
    """

    name: str
    media: str | None = None
    sides: str | None = None
    state: str | None = None
    blocked: str | None = None
    queued: int = 0
    cups: bool = False
    model: str | None = None
    media_supported: list[str] = []
    media_ready: list[str] = []
    sides_supported: list[str] = []
    pdf: bool = False
    dpi: list[int] = []

    @property
    def answers(self) -> bool:
        """Whether the printer answered."""
        return self.state is not None


class Printers(_Answer):
    """The printers of a print center and its desks. `instead` is what it prints to without printers."""

    printers: list[PrinterState]
    desks: dict[str, list[str]] = {}
    instead: str | None = None


class Progress(NamedTuple):
    """How far a question is. `state` is None if its row was deleted."""

    state: str | None
    error: str | None
    answer: Any
    held_up: str | None


def ask_printers(connection: psycopg.Connection, timeout_s: float = 30.0) -> Printers:
    """Return what a print center says about its printers.

    The `connection` must be in autocommit mode. Raises `AskTimeoutError` if none answers within
    `timeout_s` seconds, and `NotPrintedError` if the answer is not one.
    """
    job_id = enqueue(connection, {"ask": "printers"})
    deadline = time.monotonic() + timeout_s
    for progress in follow(connection, job_id):
        if progress.answer is not None:
            try:
                return Printers.model_validate(progress.answer)
            except ValidationError as error:
                raise NotPrintedError(f"the answer of job {job_id} is malformed: {error}") from None
        if progress.state in (None, *ENDED):
            raise NotPrintedError(reason(progress.error) or f"job {job_id} ended without an answer")
        if time.monotonic() >= deadline:
            raise AskTimeoutError(
                f"no print center answered within {timeout_s:g} s: start one, for example by `make iex`"
            )
    raise AssertionError


def enqueue(connection: psycopg.Connection, args: PrintersArgs) -> int:
    """Enqueue a question for the print center, and return its job's id."""
    parameters = {"queue": PRINTERS, "worker": BADGE_FORGE_PRINTERS, "args": Jsonb(args)}
    row = connection.execute(ASK_PRINTERS, parameters).fetchone()
    assert row
    return int(row[0])


def follow(connection: psycopg.Connection, job_id: int) -> Iterator[Progress]:
    """Yield again and again how far a question is."""
    while True:
        with connection.cursor(row_factory=class_row(Progress)) as cursor:
            progress = cursor.execute(PRINTERS_ANSWER, {"id": job_id}).fetchone()
        yield progress or Progress(None, None, None, None)
        time.sleep(POLL_S)
