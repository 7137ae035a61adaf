"""The types of a badge, such as speaker: declared by a design, and by an event."""

from typing import Annotated, Literal

from pydantic import Field

from badge_forge.colors import ColorOrHex
from badge_forge.toml_settings import Table

Pattern = Literal[
    "none", "arrows", "stripes", "squares", "dots", "zigzag", "bars", "diamonds", "crosses", "waves"
]
"""The patterns of `designs/parts/pattern.svg.jinja`, which distinguish types on a photocopy too."""

TypeSlug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]

LONGEST_LABEL = 60


class BadgeType(Table):
    """A type: the `label` that the badge shows, its `color`, and its `pattern`.

    What a type of an event leaves out is that of the design's type with the same slug.
    """

    label: Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)] | None = None
    color: ColorOrHex | None = None
    pattern: Pattern | None = None
