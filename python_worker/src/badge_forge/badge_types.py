"""The types of a badge, such as speaker: declared by a design, and by an event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from badge_forge.attendee import TypeSlug
from badge_forge.colors import Color, ColorOrHex
from badge_forge.errors import InputError
from badge_forge.toml_settings import Table

__all__ = ["LONGEST_LABEL", "BadgeType", "Pattern", "ShownType", "TypeSlug", "shown_type"]

Pattern = Literal[
    "none", "arrows", "stripes", "squares", "dots", "zigzag", "bars", "diamonds", "crosses", "waves"
]
"""The patterns of `designs/parts/pattern.svg.jinja`, which distinguish types on a photocopy too."""

LONGEST_LABEL = 60

WHITE = Color(rgb="#ffffff", cmyk=(0, 0, 0, 0))


class BadgeType(Table):
    """A type: the `label` that the badge shows, its `color`, and its `pattern`.

    What a type of an event leaves out is that of the design's type with the same slug.
    """

    label: Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)] | None = None
    color: ColorOrHex | None = None
    pattern: Pattern | None = None


@dataclass(frozen=True)
class ShownType:
    """A type as a badge shows it."""

    slug: TypeSlug
    label: str
    color: Color
    pattern: Pattern


def shown_type(
    slug: TypeSlug, of_event: Mapping[TypeSlug, BadgeType], of_design: Mapping[TypeSlug, BadgeType]
) -> ShownType:
    """Return the type `slug` as a badge shows it.

    Raises `InputError`, which names the known types, if neither the event nor the design declares it.
    """
    if slug not in of_event and slug not in of_design:
        known = dict.fromkeys([*of_event, *of_design])
        raise InputError(
            "type",
            f"type: neither the event nor the design knows {slug!r}: they know {', '.join(known)}; "
            "declare it in the event's file",
        )
    declared = [types[slug] for types in (of_event, of_design) if slug in types]
    label = next((kind.label for kind in declared if kind.label), _label(slug))
    color = next((kind.color for kind in declared if kind.color), WHITE)
    patterns: list[Pattern] = [kind.pattern for kind in declared if kind.pattern]
    return ShownType(slug, label, color, patterns[0] if patterns else "none")


def _label(slug: TypeSlug) -> str:
    words = slug.replace("-", " ")
    return words[0].upper() + words[1:]
