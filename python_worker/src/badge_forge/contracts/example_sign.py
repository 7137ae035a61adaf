"""Generated from db/contracts/example_sign.schema.json by `make contracts`."""

from typing import Annotated

from pydantic import Field

from badge_forge.args import Args


class ExampleSignArgs(Args):
    """The args of the example in examples/own_queue that Elixir enqueues for Python. Queue: signs."""

    room: Annotated[
        str,
        Field(
            json_schema_extra={"x-must": "be of a-z, 0-9 and hyphens"},
            max_length=40,
            pattern="^[a-z0-9-]+$",
        ),
    ]
    """The room, which also names the file."""
    text: Annotated[str, Field(max_length=200)]
    """What the sign says."""
