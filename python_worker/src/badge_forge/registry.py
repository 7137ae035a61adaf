"""The registry of queues: who takes the jobs of each queue, and how many at once.

Badge Forge's queues are below, yours in the file `QUEUES_FILE` (docs/a-queue-of-your-own.md). What
this side does with the rows of a queue follows from here: run, rescue, prune, list, retry, cancel and
pause them, and the rules of the table's triggers. Rows of other queues belong to other applications.

The file is data, because `db migrate` runs where neither Oban nor your workers are installed.
"""

import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from badge_forge.errors import SettingsError
from badge_forge.settings import CONTRACT_SUFFIX, CONTRACTS, IN_CHECKOUT, Settings

DEFAULT_LIMIT = 1
DEFAULT_TIMEOUT_S = 300.0

ONLY_IN_PYTHON = ("limit", "timeout_s")
"""What the other application decides for the queues that it runs."""


class Queue(BaseModel):
    """An entry: a queue, and the one worker that takes its jobs. Both names are wire format.

    `worker` is the import path of a Python class, or the name of an Elixir module. `limit` is the number
    of jobs that each process runs at once, and `timeout_s` the time limit of each of them, in seconds.
    `contract` is the name of a file in `db/contracts/`.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,127}$")]
    worker: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$", max_length=127)]
    runs_in: Literal["python", "elixir"]
    limit: Annotated[int, Field(ge=1, le=1000)] = DEFAULT_LIMIT
    timeout_s: Annotated[float, Field(gt=0)] = DEFAULT_TIMEOUT_S
    contract: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] | None = None

    @model_validator(mode="after")
    def _fits_its_side(self) -> Self:
        for field in ONLY_IN_PYTHON:
            if self.runs_in == "elixir" and field in self.model_fields_set:
                raise PydanticCustomError(
                    "elixirs", "{field} is set in the Elixir app: remove it here", {"field": field}
                )
        file = f"{self.contract}{CONTRACT_SUFFIX}"
        if self.contract and IN_CHECKOUT and not (CONTRACTS / file).exists():
            raise PydanticCustomError("no_contract", "there is no contract {file}", {"file": file})
        return self


FIELDS = [field for field in Queue.model_fields if field != "name"]

BADGES = Queue(
    name="badges",
    worker="badge_forge.generator.GenerateBadge",
    runs_in="python",
    contract="generate_badge",
    timeout_s=300,  # to wait for a renderer, to render (`RENDER_TIMEOUT_S`) and to store the PDF
)
"""Its limit follows from `RENDERERS`."""

PRINTING = Queue(
    name="printing", worker="BadgeForge.PrintCenter", runs_in="elixir", contract="print_center"
)

PRINTERS = Queue(name="printers", worker="BadgeForge.Printers", runs_in="elixir", contract="printers")
"""Questions about printers, and sheets to print."""

OURS = (BADGES, PRINTING, PRINTERS)


def queues(runs_in: Literal["python", "elixir"] | None = None) -> list[Queue]:
    """Return all entries, Badge Forge's first, or those whose jobs run in one language.

    Raises `SettingsError` if `QUEUES_FILE` is missing or invalid.
    """
    every = (*OURS, *_own(os.environ.get("QUEUES_FILE")))
    return [queue for queue in every if runs_in in (None, queue.runs_in)]


def names() -> list[str]:
    """Return the names of all queues of the registry. Raises `SettingsError`."""
    return [queue.name for queue in queues()]


def find(name: str) -> Queue | None:
    """Return the entry of the queue `name`, None if it belongs to another application."""
    return next((queue for queue in queues() if queue.name == name), None)


@lru_cache
def _own(variable: str | None) -> tuple[Queue, ...]:
    """Return your queues, read once for each value of the variable `QUEUES_FILE`."""
    file = Settings.load().queues_file
    if not variable and not file.exists():
        return ()
    try:
        content = tomllib.loads(file.read_text())
    except OSError as error:
        raise SettingsError(f"QUEUES_FILE: can't read {file}: {error.strerror}") from None
    except ValueError as error:  # also of a file that is not UTF-8
        raise SettingsError(f"QUEUES_FILE: {file} is not TOML: {error}") from None
    found = [*OURS]
    for name, entry in content.items():
        queue = _queue(file, name, entry)
        for other in found:
            if queue.name == other.name or queue.worker == other.worker:
                raise SettingsError(
                    f"QUEUES_FILE: {file}: {name}: the queue {other.name} has the worker "
                    f"{other.worker}: each queue has one worker, and each worker one queue"
                )
        found.append(queue)
    return tuple(found[len(OURS) :])


def _queue(file: Path, name: str, entry: object) -> Queue:
    if not isinstance(entry, dict):
        raise SettingsError(f"QUEUES_FILE: {file}: {name} should be a table: write it as [{name}]")
    try:
        return Queue.model_validate({"name": name} | entry)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        field = ".".join([name, *map(str, problem["loc"])])
        words = {"missing": "is missing", "extra_forbidden": f"is not one of {', '.join(FIELDS)}"}
        what = words.get(problem["type"], problem["msg"].removeprefix("Input "))
        got = f", got {problem['input']!r}" if problem["loc"] and problem["type"] not in words else ""
        raise SettingsError(f"QUEUES_FILE: {file}: {field}: {what}{got}") from None
