"""The printers and desks of an event."""

from typing import Annotated, Literal

from pydantic import Field

from badge_forge.toml_settings import Table

Sides = Literal["one-sided", "two-sided-long-edge", "two-sided-short-edge"]
"""As IPP names them (RFC 8011, `sides`)."""

PrinterName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


class Printer(Table):
    """A printer: its `uri`, and the IPP keywords `media` and `sides` of its jobs.

    Without `media` or `sides`, the printer chooses.
    """

    uri: Annotated[str, Field(pattern=r"^(ipp|ipps|http|https)://[^\s/]+\S*$", max_length=1_000)]
    media: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=255)] | None = None
    sides: Sides | None = None
