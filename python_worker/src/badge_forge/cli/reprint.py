"""`bin/badge-forge reprint`, `printed`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from badge_forge.cli.database import database_as
from badge_forge.cli.find_badge import SHOWN_LENGTH, the_badge
from badge_forge.cli.say import say
from badge_forge.database.roles import Role
from badge_forge.database.url import connected
from badge_forge.errors import UsageError, WorldError
from badge_forge.settings import COMMAND, Settings
from badge_forge.text.text import one_line
from badge_forge.views.history import FoundBadge

if TYPE_CHECKING:
    from badge_forge.jobs.print_again import Reprint

_ADVICE = "give the id of one"

who = click.argument("who", metavar="ID|NAME|E-MAIL|TICKET…", nargs=-1, required=True)


@click.command()
@who
@click.option("--reason", help="Why it is printed again. Needed, unless it is unknown whether it was.")
def reprint(who: Sequence[str], reason: str | None) -> None:
    """Print a badge again, with a reason.

    It goes ahead of all others. Each reprint is counted, and its reason is kept. ID is a badge's
    id, the first 8 characters of it, or the number of one of its jobs. If several badges match,
    they are listed, and nothing is printed. For a name that was wrong, enqueue the badge with the
    right one instead.

    \b
    Examples:
      badge-forge reprint lovelace --reason "the paper jammed"
      badge-forge reprint 7bfb7c39 --reason lost
    """
    from badge_forge.jobs.print_again import LONGEST_REASON, cleaned_reason, print_again

    if reason is not None and not (cleaned_reason(reason) and len(reason) <= LONGEST_REASON):
        raise UsageError(f"--reason must have 1 to {LONGEST_REASON} characters, got {len(reason)}")
    settings = Settings.load()
    with database_as(Role.WORKER, settings) as url:
        for badge in [the_badge(url, each, settings, _ADVICE) for each in who]:
            with connected(url) as connection:
                _report(badge, print_again(connection, badge.id, reason))


def _report(badge: FoundBadge, done: "Reprint") -> None:
    name = one_line(badge.name, SHOWN_LENGTH)
    why = f"`{COMMAND} why {badge.id}`"
    match done.outcome:
        case "enqueued":
            say(f"printing the badge of {name} again: job {done.job_id}, reprint {done.number}")
        case "no reason":
            raise UsageError(
                f"the badge of {name} was printed: give a reason to print it again, --reason TEXT"
            )
        case "under way":
            raise WorldError(
                f"the badge of {name} is not printed again, since its job {done.job_id} has not ended: "
                f"{why} tells more"
            )
        case "not printed":
            raise WorldError(
                f"the badge of {name} is not printed again, since it was not printed yet: "
                f"{why} tells the reason"
            )


@click.command()
@who
def printed(who: Sequence[str]) -> None:
    """Record that a badge is in the tray, whose print ended as unknown.

    `failed` lists these as "unknown: check the tray". If it is not there, use `reprint`.

    \b
    Examples:
      badge-forge printed lovelace
      badge-forge printed 4711
    """
    from badge_forge.jobs.print_again import settle_as_printed

    settings = Settings.load()
    with database_as(Role.WORKER, settings) as url:
        for badge in [the_badge(url, each, settings, _ADVICE) for each in who]:
            name = one_line(badge.name, SHOWN_LENGTH)
            with connected(url) as connection:
                settled = settle_as_printed(connection, badge.id)
            if settled.outcome != "printed":
                raise WorldError(
                    f"the badge of {name} has no print that ended as unknown: "
                    f"`{COMMAND} why {badge.id}` tells how far it is"
                )
            say(f"the badge of {name} counts as printed: job {settled.job_id}")
