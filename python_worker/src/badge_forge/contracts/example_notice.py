"""Generated from db/contracts/example_notice.schema.json by `make contracts`."""

from typing import TypedDict


class ExampleNoticeArgs(TypedDict):
    """The args of the example in examples/own_queue that Python enqueues for Elixir. Queue: notices."""

    room: str
    """The room, which also names the file."""
    text: str
    """What the notice says."""
