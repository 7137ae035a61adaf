"""Name the cause of a failure in a few words, and the command that fixes it.

The patterns follow the messages of `errors.py`, of the press, and of `BadgeForge.PrintCenter`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from badge_forge.attendee import Attendee
from badge_forge.jobs.wire import BADGES, PRINTING
from badge_forge.settings import COMMAND
from badge_forge.text.text import one_line

RETRY = f"{COMMAND} retry {{ids}}"

MOST_IDS = 5
"""Most job ids in a command. `--all` retries more jobs."""

CAUSE_LENGTH = 60


class Remedy(BaseModel):
    """What a failure needs: its `cause` in a few words, what to do, and the `command` to run, if any.

    All are one line without control characters.
    """

    model_config = ConfigDict(frozen=True)

    cause: str
    advice: str
    command: str | None


@dataclass(frozen=True)
class _Known:
    """A cause: the pattern of its message, its words, the advice and the command.

    The words and the command may use the groups of the pattern, and the command `ids`.
    """

    pattern: re.Pattern[str]
    cause: str
    advice: str
    command: str | None = RETRY


def _known(pattern: str, cause: str, advice: str, command: str | None = RETRY) -> _Known:
    return _Known(re.compile(pattern), cause, advice, command)


_FIELDS = "|".join([*Attendee.model_fields, "args"])

KNOWN = (
    _known(
        r"^design: there is no design (?P<name>[a-z0-9-]{1,60})\b",
        "unknown design {name}",
        "Create the design, then retry; or correct the entry and enqueue the badge again",
        f"{COMMAND} design new {{name}}",
    ),
    _known(
        r"^event_slug: there is no event (?P<name>[a-z0-9-]{1,60})\b",
        "unknown event {name}",
        "Copy the event's file to the worker's machine, or create it, then retry",
        f"{COMMAND} event new {{name}}",
    ),
    _known(
        r"^type: neither the event nor the design knows '(?P<name>[a-z0-9-]{1,40})'",
        "unknown type {name}",
        "Declare the type in the event's file, then retry",
    ),
    # Before all patterns that a value of the entry could contain.
    _known(
        rf"^(?P<field>{_FIELDS}): |^[^:]*: is not a (?:badge field|field of the contract)",
        "wrong entry{field}",
        "Correct the entry and enqueue the badge again",
        None,
    ),
    _known(
        r"there is no such file: add the photo; ",
        "a photo is missing",
        "Copy the photo into the event's folder, then retry",
    ),
    _known(
        r"/(?!design\.toml)(?P<name>[a-z0-9-]{1,60})\.toml: ",
        "broken event {name}",
        "Correct the event's file, then retry",
        f"{COMMAND} event check {{name}}",
    ),
    _known(
        r"no font on this machine draws",
        "a character without a font",
        "Install the font that doctor names, restart the worker, then retry",
        f"{COMMAND} doctor",
    ),
    _known(
        r"cannot render badge [^:]*: .*?(?:the design |/)(?P<name>[a-z0-9-]{1,60})"
        r"(?=[: ]|/(?:design\.toml|badge\.))",
        "broken design {name}",
        "Fix the design until the check passes, then retry",
        f"{COMMAND} design check {{name}}",
    ),
    _known(
        r"took longer than .*RENDER_TIMEOUT_S|JobTimeoutError|GenerateBadge timed out",
        "rendering took too long",
        "Retry when the machine is less busy, or raise RENDER_TIMEOUT_S",
    ),
    _known(
        r"RENDERER_MEMORY_MIB",
        "a badge needs too much memory",
        "Simplify the design or raise RENDERER_MEMORY_MIB, restart the worker, then retry",
    ),
    _known(r"the renderer of badge .* died", "a renderer died", "Retry: the renderer was replaced"),
    _known(
        r"CMYK_PROFILE",
        "the CMYK profile is missing or wrong",
        "Set CMYK_PROFILE to the profile of the press, restart the worker, then retry",
    ),
    _known(r"cannot write ", "a PDF cannot be stored", "Check BADGES_DIR and its disk, then retry"),
    _known(r"^(file|path): no such file", "the PDF is missing", "Retry: the badge is rendered again"),
    _known(
        r"^sha256: is not that of the file", "the PDF was changed", "Retry: the badge is rendered again"
    ),
    _known(
        r"is outside the badges folder|there is no badges folder",
        "another badges folder",
        "Set the same BADGES_DIR for both applications, then retry",
    ),
    _known(
        r"^(file|path): ", "the PDF cannot be read", "Check the file that the reason names, then retry"
    ),
    _known(
        r"PrintCenter timed out",
        "a print took too long",
        "Check the printer, or raise PRINT_TIMEOUT_S, then retry",
    ),
    _known(
        r'(?:^|")unknown: check the tray',
        "unknown: check the tray",
        f"Look into the tray. If the badge is there: `{COMMAND} printed JOB`; if it is not:",
        f"{COMMAND} reprint {{each}}",
    ),
    _known(
        r'(?:^|")[a-z0-9][a-z0-9_-]{0,39}: wrong paper',
        "wrong paper or settings",
        "Load the paper, or correct the printer in the event's file, then retry",
        f"{COMMAND} printers check --event SLUG",
    ),
    _known(r"cancelled by hand", "cancelled by hand", "Nothing, if on purpose; otherwise retry"),
    _known(
        r"^cancelled: the demo", "the demo was stopped", "Nothing; retry makes these badges after all"
    ),
    _known(
        r"^rescued: the heartbeat",
        "its application stopped",
        "Start the application again, then retry",
    ),
    _known(
        r"was (cancelled|rescued|deleted|cancelled or rescued) while it (was running|ran)",
        "cancelled while it ran",
        "Nothing, if on purpose; otherwise retry",
    ),
    _known(
        r"[uU]nknown worker|No module named|[cC]annot resolve",
        "fetched by another application",
        "Stop the application that fetches this queue by mistake, then retry",
    ),
)


def remedy(
    queue: str,
    reason: str,
    ids: Sequence[int] = (),
    jobs: int | None = None,
    retry_all: str = "--all",
) -> Remedy:
    """Return the remedy of failed jobs of `queue` whose last error is `reason`, in one line.

    `ids` are the newest of the `jobs` (default: all of them). The command retries these, or what
    `retry_all` chooses if there are more than five.
    """
    shown = retry_all if (jobs or len(ids)) > MOST_IDS else " ".join(map(str, ids)) or "ID"
    for known in KNOWN:
        if found := known.pattern.search(reason):
            groups = {name: text or "" for name, text in found.groupdict().items()}
            if groups.get("field"):
                groups["field"] = f": {groups['field']}"
            return _filled(known, groups, shown)
    advice = "Fix the cause, then retry" if reason else f"`{COMMAND} failed` lists these jobs"
    cause = one_line(_cause(reason, queue), CAUSE_LENGTH)
    return _filled(_Known(re.compile(""), "{cause}", advice), {"cause": cause}, shown)


def _filled(known: _Known, groups: dict[str, str], ids: str) -> Remedy:
    each = "JOB…" if ids.startswith("-") else ids
    command = known.command and known.command.format(ids=ids, each=each, **groups)
    return Remedy(cause=known.cause.format(**groups), advice=known.advice, command=command)


def _cause(reason: str, queue: str) -> str:
    """Return `reason` without the name of its exception, or words if there is none."""
    if not reason:
        return "no reason was recorded"
    without = re.sub(r"^\*\* \((Oban\.PerformError|RuntimeError)\) |^[\w.]*\.(?=\w+Error: )", "", reason)
    return {PRINTING: "printer: ", BADGES: ""}.get(queue, "") + without
