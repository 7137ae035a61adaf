"""The options that choose jobs, the same for every command that lists or changes them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from badge_forge.cli.since import Since
from badge_forge.errors import UsageError
from badge_forge.jobs.job_filter import JobFilter

OPTIONS: dict[str, dict[str, Any]] = {
    "batch": {"metavar": "ID", "help": "Only the batch with this id."},
    "type": {"metavar": "TYPE", "help": "Only badges of this type, for example speaker."},
    "since": {
        "type": Since(),
        "metavar": "TIME",
        "help": "Only what was enqueued, tried or ended since: 30m, 2h, 10:30, 2026-11-29.",
    },
    "name": {"metavar": "TEXT", "help": "Only names with this part, in any case."},
    "event": {"metavar": "SLUG", "help": "Only badges of this event."},
}

LONGEST = 200
"""Most characters of a text to look for."""

dry_run = click.option("--dry-run", is_flag=True, help="Only say how many jobs it would be.")


def filters(*without: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds the options, `without` some, and passes a `JobFilter` as `wanted`."""
    names = [name for name in OPTIONS if name not in without]

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_filter(**values: Any) -> Any:
            given = {name: values.pop(name) for name in names}
            for name, value in given.items():
                if isinstance(value, str):
                    _check(name, value)
            return command(wanted=JobFilter(**given), **values)

        for name in reversed(names):
            with_filter = click.option(f"--{name}", **OPTIONS[name])(with_filter)
        return with_filter

    return add


def _check(name: str, value: str) -> None:
    if not value.strip() or "\0" in value or len(value) > LONGEST:
        raise UsageError(
            f"--{name} must be a text of 1 to {LONGEST} characters, got: {value[:LONGEST]!r}"
        )


def require_choice(wanted: JobFilter, everything: bool, *others: object, usage: str) -> None:
    """Raise `UsageError` unless exactly one of ids or the like, filters, and `--all` says which jobs."""
    given = [any(others), wanted.chosen, everything]
    if not any(given):
        raise UsageError(f"nothing says which jobs: give {usage}, a filter such as --batch ID, or --all")
    if sum(given) > 1:
        raise UsageError(f"give either {usage}, filters, or --all, not several of them")
