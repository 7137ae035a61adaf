"""The query parameters of the wall. An unknown one, or a wrong value, is answered with status 422."""

import json
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request

from badge_forge.jobs.print_again import LONGEST_REASON
from badge_forge.views.badge_state import State
from badge_forge.views.badges import Cursor, Filter
from badge_forge.wall.pictures import WIDTHS

MOST_LISTED = 200


def _width(text: object) -> int:
    widths = {str(width): width for width in WIDTHS}
    if str(text) not in widths:
        raise ValueError(f"must be one of {', '.join(widths)}")
    return widths[str(text)]


# A form sends an empty value for "all".
_EMPTY_IS_NONE = BeforeValidator(lambda text: text or None)

Text = Annotated[Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None, _EMPTY_IS_NONE]


class Query(BaseModel):
    """Parameters in the query of a URL."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @classmethod
    def of(cls, parameters: QueryParams) -> Self:
        """Validate `parameters`. Raises `HTTPException` with one line."""
        try:
            return cls.model_validate(dict(parameters))
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            name = str(problem["loc"][0])[:40]
            if problem["type"] == "extra_forbidden":
                known = ", ".join(cls.model_fields)
                raise HTTPException(
                    422, f"{name!r} is not a parameter here: {known or 'none'}"
                ) from None
            what = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
            raise HTTPException(422, f"{name}: {what}") from None


class NoQuery(Query):
    """No parameters."""


class ListQuery(Query):
    """Parameters of a list. `before` is the `next` of an earlier answer."""

    state: Annotated[State | None, _EMPTY_IS_NONE] = None
    type: Text = None
    design: Text = None
    batch: Text = None
    name: Text = None
    before: Annotated[
        Cursor | None, PlainValidator(lambda text: Cursor.parse(text) if text else None)
    ] = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 100

    def filter(self) -> Filter:
        """Return which badges are wanted."""
        return Filter(self.state, self.type, self.design, self.batch, self.name)


class PictureQuery(Query):
    """Parameters of a picture. `v` is its version: a picture with one is cached for good."""

    width: Annotated[int, PlainValidator(_width)] = 240
    v: Text = None


LONGEST_BODY = 2000
"""Most bytes of the body of an action."""


async def reason_in(request: Request) -> str | None:
    """Return the `reason` in the body of an action, in one line, None if it has none.

    Raises `HTTPException` for a body that is not a JSON object with at most a reason.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise HTTPException(413, f"the body must have at most {LONGEST_BODY} bytes")
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        raise HTTPException(422, "the body must be a JSON object") from None
    reason = content.get("reason") if isinstance(content, dict) else ()
    if reason is not None and not isinstance(reason, str):
        raise HTTPException(422, 'the body must be an object as {"reason": "the paper jammed"}')
    return reason[:LONGEST_REASON] if reason and reason.strip() else None
