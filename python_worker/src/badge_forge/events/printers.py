"""The printers and desks of an event."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from badge_forge.toml_settings import Table

Sides = Literal["one-sided", "two-sided-long-edge", "two-sided-short-edge"]
"""As IPP names them (RFC 8011, `sides`)."""

PrinterName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


class Printer(Table):
    """A printer: its `uri`, and the IPP keywords `media` and `sides` of its jobs.

    Without `media` or `sides`, the printer chooses. `copies` is the number of sheets of each badge, and
    `verify` whether the certificate of an ipps or https printer is verified.
    """

    uri: Annotated[str, Field(pattern=r"^(ipp|ipps|http|https)://[^\s/]+\S*$", max_length=1_000)]
    media: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=255)] | None = None
    sides: Sides | None = None
    copies: Annotated[int, Field(ge=1, le=99)] = 1
    verify: bool = True


def configuration(printers: Mapping[str, Printer], desks: Mapping[str, Sequence[str]]) -> str:
    """Return the print center's environment variable PRINTERS for an event's printers and desks."""
    options = {name: printer.model_dump(exclude_defaults=True) for name, printer in printers.items()}
    return json.dumps(
        {"printers": options, "desks": {desk: list(names) for desk, names in desks.items()}}
    )
