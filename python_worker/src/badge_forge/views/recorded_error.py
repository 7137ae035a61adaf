"""What an error in the column `errors` was, from how each library and each statement writes it."""

import re
from typing import Literal

from badge_forge.jobs.failed import reason as last_line
from badge_forge.text.text import cut

LONGEST_REASON = 500
"""Most characters of a reason."""

FAILURE = re.compile(r"\*\* \(|Traceback |.*\n|\w+\(.*\)$")
"""An Elixir error, a traceback, or the `repr` of an exception. A cancellation is one line of words."""

REPRINT = re.compile(r"reprint( \d+)?: ")
"""How migrations 0011 and 0014 begin the entry of a print that was asked for again."""

SETTLED = "printed: "
"""How migration 0014 begins the entry of a print that a person found in the tray."""

RETURNED = re.compile(r'\*\* \(Oban\.PerformError\) \S+ failed with \{:[a-z]+, "(.*)"\}')
"""How Oban for Elixir quotes what a worker returned."""

MODULE = re.compile(r"^(?:\w+\.)+(?=\w+: )")
"""The module of an exception in the last line of a traceback."""


def kind(error: str) -> Literal["failed", "rescued", "cancelled", "retried", "settled"]:
    """Tell what the recorded `error` was. Reprints, and what a person settled, are there, too."""
    if error.startswith("rescued:"):
        return "rescued"
    if REPRINT.match(error):
        return "retried"
    if error.startswith(SETTLED):
        return "settled"
    if error.startswith("** (") and " failed with {:cancel," in error.split("\n", 1)[0]:
        return "cancelled"
    return "failed" if FAILURE.match(error.strip()) else "cancelled"


def reason(error: str) -> str:
    """Return what `error` says, in one line: without its traceback, its module and Oban's quotes."""
    said = last_line(error)
    if quoted := RETURNED.fullmatch(said):
        said = quoted[1].replace('\\"', '"')
    said = MODULE.sub("", said)
    return cut(said, LONGEST_REASON) or "no reason was recorded"
