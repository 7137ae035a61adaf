"""Validate the args of a job with the model that is generated from their contract."""

import reprlib
from collections.abc import Mapping
from functools import cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from badge_forge.errors import InputError
from badge_forge.text.text import cut

SHOWN_VALUE_LENGTH = 60
"""Most characters of an invalid value that an error message repeats."""

MOST_PROBLEMS = 12
"""Most problems that an error message lists. Args can have any number of keys."""


class Args(BaseModel):
    """The base of the models in `badge_forge.contracts`."""

    # Args are hostile. A model is built when it is first used, so one that is only a base never is.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> Self:
        """Validate a job's `args`. Raises `InputError` with one line that names each invalid field."""
        try:
            return cls.model_validate(args)
        except ValidationError as error:
            problems = _one_of_each_field(error)
            message = "; ".join(cls._explain(problem) for problem in problems[:MOST_PROBLEMS])
            if more := problems[MOST_PROBLEMS:]:
                message += f"; and {len(more)} more"
            raise InputError(_field(problems[0]), message) from None

    @classmethod
    def problems(cls, args: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return each invalid field of `args`, and what is wrong with its value."""
        try:
            cls.model_validate(args)
        except ValidationError as error:
            return [(_field(problem), cls._what(problem)) for problem in _one_of_each_field(error)]
        return []

    @classmethod
    def _explain(cls, problem: ErrorDetails) -> str:
        field = _field(problem)
        match problem["type"]:
            case "missing":
                return f"{field}: is missing"
            case "extra_forbidden":
                name = field if field.isidentifier() else _shown(field)  # it can contain anything
                return f"{cut(name, SHOWN_VALUE_LENGTH)}: is not a field of the contract, remove it"
            case _:
                return f"{field}: {cls._what(problem)}, got {_shown(problem['input'])}"

    @classmethod
    def _what(cls, problem: ErrorDetails) -> str:
        field = _field(problem)
        if problem["type"] in ("string_pattern_mismatch", "string_too_short") and field in _musts(cls):
            return f"should {_musts(cls)[field]}"
        what = problem["msg"].removeprefix("Input ")
        inner = problem["loc"][1] if len(problem["loc"]) == 2 else ""  # the name of a text in an object
        if isinstance(inner, str) and inner.isidentifier() and inner.isascii():
            return f"{cut(inner, SHOWN_VALUE_LENGTH)} {what}"
        return what


@cache
def _musts(model: type[BaseModel]) -> dict[str, str]:
    """Return the contract's words for the pattern of each field that has one."""
    schema = model.model_json_schema()
    rules = {
        field: schema["$defs"][rule["$ref"].rpartition("/")[2]] if "$ref" in rule else rule
        for field, rule in schema["properties"].items()
    }
    return {field: rule["x-must"] for field, rule in rules.items() if "x-must" in rule}


def _one_of_each_field(error: ValidationError) -> list[ErrorDetails]:
    """Return the first problem of each field. An object can have one for each of its texts."""
    found: dict[str, ErrorDetails] = {}
    for problem in error.errors(include_url=False):
        found.setdefault(_field(problem), problem)
    return list(found.values())


def _field(problem: ErrorDetails) -> str:
    return str(problem["loc"][0]) if problem["loc"] else "args"


def _shown(value: object) -> str:
    """Return the start of the `repr` of `value`, which can be of any size and depth."""
    if isinstance(value, str):
        return cut(repr(value[: SHOWN_VALUE_LENGTH + 1]), SHOWN_VALUE_LENGTH)
    try:
        return cut(reprlib.repr(value), SHOWN_VALUE_LENGTH)
    except ValueError:  # an integer of more than 4,300 digits
        return "a huge number"
