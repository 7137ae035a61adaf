"""Test names for designs: many scripts, extreme lengths, invisible characters, and attacks."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NAMES = Path(__file__).parent / "names.toml"


@dataclass(frozen=True)
class Name:
    """A test name; `what` describes what it tests."""

    what: str
    text: str


@cache
def names() -> tuple[Name, ...]:
    """Return all names of `names.toml`, in its order."""
    with NAMES.open("rb") as file:
        content = tomllib.load(file)
    return tuple(Name(what, text) for group in content.values() for what, text in group.items())
