"""Validate the args of a badge job as an `Attendee`."""

import reprlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from badge_forge.errors import InputError
from badge_forge.text.text import cut, is_visible

AttendeeType = Literal["attendee", "speaker", "sponsor", "organizer"]
QrKind = Literal["id", "vcard", "url", "none"]

DEFAULT_DESIGN = "conf-4x6"

DesignName = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]

SHOWN_VALUE_LENGTH = 60
"""Most characters of an invalid value that an error message repeats."""

MOST_PROBLEMS = 12
"""Most problems that an error message lists. Args can have any number of keys."""

EXPECTED = {
    "id": "should be a UUID in lower case",
    "name": "should not be blank",
    "email": "should be an e-mail address",
    "url": "should begin with https:// or http://",
    "event": "should not be blank",
    "design": "should be a design's name, of a-z, 0-9 and single hyphens",
}
"""Explanations of the patterns, by field."""

_VISIBLE = (
    r"[^\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


class Attendee(BaseModel):
    """The person on a badge: the model of `db/contracts/generate_badge.schema.json`.

    `id` identifies the badge: a UUID in canonical lower-case form. Optional fields are empty by default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Annotated[str, Field(pattern=_UUID)]
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=_VISIBLE)]
    company: Annotated[str, Field(max_length=200)]
    type: AttendeeType
    title: Annotated[str, Field(max_length=200)] = ""
    pronouns: Annotated[str, Field(max_length=40)] = ""
    email: Annotated[str, Field(max_length=254, pattern=r"^[^\s@]+@[^\s@]+$")] = ""
    url: Annotated[str, Field(max_length=200, pattern=r"^https?://[^\s/]+\S*$")] = ""
    event: Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")] = ""
    design: DesignName = DEFAULT_DESIGN
    qr: QrKind = "id"

    @field_validator("name", "event")
    @classmethod
    def _is_not_blank(cls, text: str) -> str:
        if not is_visible(text):
            raise PydanticCustomError("blank", "should not be blank")
        return text

    @field_validator("qr")
    @classmethod
    def _has_its_url(cls, qr: QrKind, info: ValidationInfo) -> QrKind:
        if qr == "url" and info.data.get("url") == "":
            raise PydanticCustomError("no_url", "needs the field url")
        return qr

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> Self:
        """Validate a job's `args`. Raises `InputError` with one line that names each invalid field."""
        try:
            return cls.model_validate(args)
        except ValidationError as error:
            problems = error.errors(include_url=False)
            message = "; ".join(_explain(problem) for problem in problems[:MOST_PROBLEMS])
            if more := problems[MOST_PROBLEMS:]:
                message += f"; and {len(more)} more"
            raise InputError(_field(problems[0]), message) from None


def _field(problem: ErrorDetails) -> str:
    return str(problem["loc"][0]) if problem["loc"] else "args"


def _explain(problem: ErrorDetails) -> str:
    field = _field(problem)
    match problem["type"]:
        case "missing":
            return f"{field}: is missing"
        case "extra_forbidden":
            name = field if field.isidentifier() else _shown(field)  # it can contain anything
            return f"{cut(name, SHOWN_VALUE_LENGTH)}: is not a badge field, remove it"
        case "string_pattern_mismatch":
            what = EXPECTED[field]
        case _:
            what = problem["msg"].removeprefix("Input ")
    return f"{field}: {what}, got {_shown(problem['input'])}"


def _shown(value: object) -> str:
    """Return the start of the `repr` of `value`, which can be of any size and depth."""
    if isinstance(value, str):
        return cut(repr(value[: SHOWN_VALUE_LENGTH + 1]), SHOWN_VALUE_LENGTH)
    try:
        return cut(reprlib.repr(value), SHOWN_VALUE_LENGTH)
    except ValueError:  # an integer of more than 4,300 digits
        return "a huge number"
