"""Write a planned import into the table, in one transaction."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import batched
from typing import Any
from uuid import uuid4

from psycopg import Connection
from psycopg.errors import InvalidColumnReference

from badge_forge.errors import DatabaseError
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import GENERATE_BADGE
from badge_forge.lists.plan import GONE, REPLACED, Plan, Version
from badge_forge.settings import COMMAND

ENQUEUE_BADGES = statement(__package__, "enqueue_badges")
WITHDRAW_BADGES = statement(__package__, "withdraw_badges")
WITHDRAW_PRINTS = statement(__package__, "withdraw_prints")
UPDATE_LISTS = statement(__package__, "update_lists")

LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('badge_forge.import'), hashtext(%s))"
NOTIFY = "SELECT pg_notify('public.oban_insert', '{\"queue\":\"badges\"}')"

BADGES_AT_ONCE = 1000
POLL_S = 0.2


@contextmanager
def importing(connection: Connection, event: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Run the block in a transaction that excludes other imports of the event.

    Calls `waiting` once if another one runs. The connection must be in autocommit mode.
    """
    told = False
    while True:
        with connection.transaction():
            row = connection.execute(LOCK, [event]).fetchone()
            if row and row[0]:
                yield
                return
        if not told:
            waiting()
            told = True
        time.sleep(POLL_S)


def write(
    connection: Connection, event: str, plan: Plan, done: Callable[[int], None]
) -> tuple[str, int]:
    """Enqueue new and changed badges, and withdraw those that are replaced or gone.

    Calls `done` with the number of badges after each chunk. Returns the batch's id, and how many badges
    were enqueued.
    """
    batch = str(uuid4())
    gone = [{"id": badge, "reason": GONE} for badge in plan.gone]
    replaced = [
        {"id": version.id, "reason": REPLACED.format(version.version)} for version in plan.changed
    ]
    for withdrawn in batched(gone + replaced, BADGES_AT_ONCE):
        parameters = {"withdrawn": json.dumps(withdrawn), "event": event}
        # The badges first: afterwards, no more prints of them can appear.
        connection.execute(WITHDRAW_BADGES, parameters)
        connection.execute(WITHDRAW_PRINTS, parameters)
    for chunk in batched(plan.moved, BADGES_AT_ONCE):
        moved = [asdict(badge) | {"version": str(badge.version)} for badge in chunk]
        connection.execute(UPDATE_LISTS, {"badges": json.dumps(moved)})
    enqueued = 0
    for versions in batched(plan.versions(), BADGES_AT_ONCE):
        badges = [_job(version, event, batch) for version in versions]
        parameters = {"badges": json.dumps(badges), "worker": GENERATE_BADGE}
        try:
            row = connection.execute(ENQUEUE_BADGES, parameters).fetchone()
        except InvalidColumnReference:
            raise DatabaseError(
                "the table oban_jobs has no index of the versions of badges (migration 0015): "
                f"run `{COMMAND} db migrate`"
            ) from None
        enqueued += row[0] if row else 0
        done(len(versions))
    if enqueued:
        connection.execute(NOTIFY)
    return batch, enqueued


def _job(version: Version, event: str, batch: str) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "batch_id": batch,
        "event": event,
        "version": version.version,
        "list": version.owner,
        "lists": version.lists,
    }
    meta |= {"ticket": version.ticket} if version.ticket else {}
    meta |= {"who": version.who} if version.who else {}
    return {"args": version.args, "meta": meta}
