"""The part of a person's name that a list is sorted by."""

from badge_forge.text.name_parts import name_parts
from badge_forge.text.text import searchable


def without_titles(name: str) -> str:
    """Return the printable `name` without titles before it: "Ada Lovelace" for "Dr. Ada Lovelace"."""
    return name_parts(searchable(name)).untitled or searchable(name)


def family_name_first(name: str) -> tuple[str, str]:
    """Return the family name of `name` and the rest, without titles.

    The family name is a guess unless the name's parts are certain.
    """
    parts = name_parts(searchable(name))
    if not parts.family:
        return without_titles(name), ""
    return parts.family, " ".join(part for part in (parts.given, parts.middle) if part)
