"""How much of people's names a wall shows: `full`, `first` or `none`."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from badge_forge.attendee import Attendee
from badge_forge.contracts.print_center import PrintCenterArgs
from badge_forge.text.name_parts import given_name
from badge_forge.text.text import language, printable
from badge_forge.views.badges import Badge
from badge_forge.views.history import History
from badge_forge.views.last_failure import PROBLEMS

Mode = Literal["full", "first", "none"]

NAMELESS = ("id", "type", "design", "batch_id", "state", "jobs", "reprints")
"""Fields of a history that never contain a person's name."""

_FIELD = re.compile(r"(?:[A-Za-z.]{1,60}Error: )?([a-z0-9_]{1,20}): ")
_FIELDS = {*Attendee.model_fields, *PrintCenterArgs.__annotations__}


@dataclass(frozen=True)
class Names:
    """What to show of a person. Everything that leaves the wall with a name passes through here."""

    mode: Mode = "full"

    @property
    def full(self) -> bool:
        """Whether everything is shown, also PDFs and pictures in which names can be read."""
        return self.mode == "full"

    def name(self, name: str) -> str:
        """Return what is shown of a person's `name`."""
        match self.mode:
            case "full":
                return name
            case "first":
                return first_name(name)
        return ""

    def badge(self, badge: Badge) -> dict[str, Any]:
        """Return the badge as JSON has it."""
        shown = badge.model_dump(mode="json")
        if not self.full:
            shown |= {"name": self.name(badge.name), "company": ""}
        return shown

    def reason(self, reason: str) -> str:
        """Return what is shown of an error. It can repeat a name: then only the field at fault is."""
        if self.full:
            return reason
        field = _FIELD.match(reason)
        what = f"{field[1]}: " if field and field[1] in _FIELDS else ""
        return f"{what}details are hidden (--names {self.mode})"

    def history(self, history: History) -> dict[str, Any]:
        """Return the history of a badge as JSON has it."""
        everything = history.model_dump(mode="json")
        if self.full:
            return everything
        shown = {key: value if key in NAMELESS else None for key, value in everything.items()}
        shown["name"] = self.name(history.name or "")
        shown["events"] = [
            {**event, "detail": self.reason(event["detail"]) if event["what"] in PROBLEMS else ""}
            for event in everything["events"]
        ]
        if failure := everything["failure"]:
            kept = {key: failure[key] for key in ("at", "queue", "job_id", "advice", "command")}
            shown["failure"] = kept | {"reason": self.reason(failure["reason"])}
        return shown

    def finds(self, badge: Badge, name: str) -> bool:
        """Tell whether the search for `name` may find the badge: by what is shown of it."""
        return self.full or name.casefold() in self.name(badge.name).casefold()


def first_name(name: str) -> str:
    """Return a person's given name, or initials where it is not certain which word it is.

    Chinese, Japanese and Korean names are cut to their first character, followed by an ellipsis: they
    have no spaces, and start with the family name.
    """
    name = printable(name)
    if language(name):
        return f"{name[:1]}…"
    given = given_name(name)
    if " " not in given and given != name:
        return given
    words = re.findall(r"\w+", name)
    # A single word can be all that there is of a name: a mononym is a given name.
    return words[0] if len(words) == 1 else " ".join(f"{word[0].upper()}." for word in words)
