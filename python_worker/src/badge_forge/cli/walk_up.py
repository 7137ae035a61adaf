"""`bin/badge-forge enqueue`, `blanks`: badges that are on no list."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import click
from psycopg import OperationalError

from badge_forge.attendee import QR_KINDS, Attendee
from badge_forge.cli.connection import connected_as
from badge_forge.cli.database import database_as
from badge_forge.cli.say import say, tell
from badge_forge.database.roles import Role
from badge_forge.database.url import CONNECT_TIMEOUT_S, connected_async, unreachable
from badge_forge.errors import InputError, UsageError, WorldError
from badge_forge.events.event import Event, load_event
from badge_forge.settings import COMMAND, Settings
from badge_forge.text.text import counted, one_line
from badge_forge.views.history import History, history

POLL_S = 0.2

ENDED = ("printed", "failed")

TEXTS = {
    "company": "The company or organisation.",
    "badge_name": "The text to print largest, if it is not the given name.",
    "title": "The job title.",
    "pronouns": "The pronouns, for example she/her.",
    "email": "For the QR code of kind vcard, and to find the badge by.",
    "url": "For the QR codes of kinds url and vcard.",
    "design": "The design.  [default: the event's, or conf-4x6]",
}
"""The options of a badge that are texts, and their help."""

event = click.option("--event", "slug", metavar="SLUG", help="The event: events/SLUG.toml.")
desk = click.option("--desk", help="The desk whose printers print it.")
MOST_BLANKS = 500


def texts(command: Any) -> Any:
    """Add the options in `TEXTS` to a command."""
    for name, words in reversed(TEXTS.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, help=words)(command)
    return command


@click.command()
@click.option("--name", required=True, help="The name, in any script.")
@click.option("--type", "type_", metavar="TYPE", help="The type.  [default: attendee]")
@texts
@click.option("--qr", type=click.Choice(QR_KINDS), help="The content of the QR code.  [default: id]")
@event
@desk
@click.option("--wait", is_flag=True, help="Wait until it is printed or failed. Ctrl-C only ends that.")
def enqueue(
    name: str, type_: str | None, slug: str | None, desk: str | None, wait: bool, **more: str | None
) -> None:
    """Enqueue the badge of one person, ahead of every batch.

    Prints its id.

    \b
    Examples:
      badge-forge enqueue --name "Ada Lovelace"
      badge-forge enqueue --name "Grace Hopper" --company Navy --type speaker --event my-conf --wait
    """
    from badge_forge.jobs.enqueue import enqueue as enqueue_badge

    settings = Settings.load()
    found = load_event(slug, settings.events_dir) if slug else None
    given = {key: value for key, value in more.items() if value is not None}
    attendee = _attendee(found, type_, {"name": name, "company": ""} | given)
    with database_as(Role.WORKER, settings) as url:
        with connected_as(Role.WORKER, settings, autocommit=True) as connection:
            job_id = enqueue_badge(connection, attendee, _meta(found, desk))
        tell(attendee.id)
        say(f"enqueued the badge of {one_line(name, 60)} as job {job_id}")
        if wait:
            asyncio.run(_follow(url, attendee.id, settings))


@click.command()
@click.argument("number", metavar="N", type=click.IntRange(1, MOST_BLANKS))
@click.option("--type", "types", metavar="TYPE", multiple=True, required=True, help="Can be repeated.")
@click.option("--design", help="The design.  [default: the event's, or conf-4x6]")
@event
@desk
def blanks(
    number: int, types: Sequence[str], design: str | None, slug: str | None, desk: str | None
) -> None:
    """Make spare badges, with a line to write a name on.

    There are N of each type, each with a separate id. They are a batch, whose id is printed, for
    `sheet --batch ID` or to be printed one by one.

    \b
    Examples:
      badge-forge blanks 20 --type attendee --type speaker
      badge-forge blanks 10 --type press --event my-conf --design a6
    """
    from badge_forge.jobs.enqueue import enqueue_batch

    settings = Settings.load()
    found = load_event(slug, settings.events_dir) if slug else None
    chosen = {"design": design} if design else {}
    attendees = [
        _attendee(found, kind, {"name": f"Spare {each}", "company": "", "blank": True} | chosen)
        for kind in dict.fromkeys(types)
        for each in range(1, number + 1)
    ]
    batch_id = str(uuid4())
    with connected_as(Role.WORKER, settings, autocommit=True) as connection:
        enqueue_batch(connection, attendees, _meta(found, desk) | {"batch_id": batch_id})
    tell(batch_id)
    say(f"enqueued {counted(len(attendees), 'spare badge')}: `{COMMAND} batch {batch_id}` tells how far")


def _attendee(event: Event | None, type_: str | None, fields: dict[str, Any]) -> Attendee:
    """Return the attendee with a new id. Raises `UsageError` for a field that breaks the contract."""
    if event:
        fields = {"design": event.design, "event_slug": event.slug} | fields
    kind = type_ or _default_type(event)
    try:
        return Attendee.from_args({"id": str(uuid4()), "type": kind} | fields)
    except InputError as error:
        raise UsageError(str(error)) from None


def _default_type(event: Event | None) -> str:
    known = list(event.types) if event else []
    return known[0] if known and "attendee" not in known else "attendee"


def _meta(event: Event | None, desk: str | None) -> dict[str, Any]:
    """Return what the row says of the badge: its event, and the desk, which the print copies."""
    if desk is not None and (not desk.strip() or len(desk) > 40):
        raise UsageError(f"--desk must have 1 to 40 characters, got: {desk!r}")
    if event and desk and event.desks and desk not in event.desks:
        raise UsageError(f"the event has no desk {desk!r}: desks are {', '.join(event.desks)}")
    return ({"event": event.slug, "version": 1} if event else {}) | ({"desk": desk} if desk else {})


async def _follow(url: str, badge_id: str, settings: Settings) -> None:
    """Say what becomes of the badge, until it is printed. Raises `WorldError` if it failed."""
    said: set[str] = set()
    try:
        async with connected_async(url, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            while True:
                told = await history(connection, badge_id)
                if told is None:
                    raise WorldError(f"the badge {badge_id} was deleted")
                for line in _news(told):
                    if line not in said:
                        say(line)
                        said.add(line)
                if told.state in ENDED:
                    break
                await asyncio.sleep(POLL_S)
    except OperationalError as error:
        raise unreachable(url, error) from error
    if told.state == "failed":
        cause = told.failure.cause if told.failure else "the reason was not recorded"
        raise WorldError(f"the badge failed: {cause}; `{COMMAND} why {badge_id}` tells what to do")


def _news(told: History) -> list[str]:
    """Return what is to be said now: a state once, and what the badge waits for."""
    lines = {"rendered": ["rendered"], "printing": ["rendered"], "printed": ["rendered", "printed"]}
    held = told.hold_up
    waits = [f"it waits, since {held.reason}: `{held.command}`"] if held else []
    retried = [f"not yet: {told.failure.cause}"] if told.failure and told.state != "failed" else []
    return lines.get(told.state, []) + waits + retried
