"""Read a file of settings in TOML, and check it with a model: a design's, or an event's."""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from badge_forge.errors import BadgeForgeError
from badge_forge.files import read_regular
from badge_forge.text.text import one_line

SHOWN_LENGTH = 60
"""Most characters of a value or a key that an error repeats."""


class Table(BaseModel):
    """A table of such a file. An unknown key is an error that suggests a known one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _knows_its_keys(cls, content: Any) -> Any:
        if isinstance(content, dict):
            for key in content:
                if key not in cls.model_fields:
                    raise PydanticCustomError("unknown_key", "{why}", {"why": cls._unknown(key)})
        return content

    @classmethod
    def _unknown(cls, key: str) -> str:
        similar = get_close_matches(key, cls.model_fields, n=1)
        advice = f"did you mean {similar[0]}?" if similar else f"keys are {', '.join(cls.model_fields)}"
        return f"has no key {shown(key)}: {advice}"


def shown(value: object) -> str:
    """Return the start of the `repr` of a value, in one line."""
    return one_line(repr(value), SHOWN_LENGTH)


def load_toml[T: BaseModel](
    path: Path, beneath: Path, model: type[T], error: type[BadgeForgeError]
) -> T:
    """Return the content of `path`, a regular file in the folder `beneath`, as a `model`.

    Raises an `error` in one line that names the file, each wrong key, and its value.
    """
    try:
        content = tomllib.loads(read_regular(path.resolve(), beneath.resolve()).decode())
        return model.model_validate(content)
    except OSError as problem:
        raise error(f"can't read {path}: {problem.strerror or problem}") from problem
    except ValidationError as problem:
        found = "; ".join(map(_explained, problem.errors(include_url=False)))
        raise error(f"{path}: {found}") from None
    except ValueError as problem:  # not TOML, not UTF-8, or a link to the outside
        raise error(f"{path}: {problem}") from problem


def _explained(problem: ErrorDetails) -> str:
    where = ".".join(one_line(str(part), SHOWN_LENGTH) for part in problem["loc"] if part != "[key]")
    what = problem["msg"].removeprefix("Input ").removeprefix("Value error, ")
    if problem["type"] == "unknown_key":
        return f"{where}: {what}" if where else what
    if problem["type"] == "missing":
        return f"{where}: is missing"
    return f"{where}: {what}, got {shown(problem['input'])}"


def refuse(kind: Literal["unknown_name", "repeated", "order"], why: str) -> NoReturn:
    """Raise the error of a validator that compares several values of a file. `why` is its message."""
    raise PydanticCustomError(kind, "{why}", {"why": why})
