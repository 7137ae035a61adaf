"""Why a badge waits that should be taken at once: no application runs, or its queue is paused."""

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row
from pydantic import BaseModel, ConfigDict

from badge_forge.jobs.signals import PRODUCERS, Producer
from badge_forge.settings import COMMAND
from badge_forge.views.applications import KINDS, SILENT_AFTER_S, START
from badge_forge.views.pauses import since

PAUSED_AT = "SELECT paused_at FROM badge_forge_queues WHERE queue = %s"


class HoldUp(BaseModel):
    """What keeps jobs of a queue waiting, in a few words, and the command that ends it."""

    model_config = ConfigDict(frozen=True)

    reason: str
    command: str


async def hold_up(connection: AsyncConnection, queue: str) -> HoldUp | None:
    """Return what keeps available jobs of `queue` waiting, None if a node takes them.

    Raises `psycopg.Error`.
    """
    async with connection.cursor(row_factory=class_row(Producer)) as cursor:
        await cursor.execute(PRODUCERS, {"queues": [queue]})
        alive = [one for one in await cursor.fetchall() if one.seen_ago_s <= SILENT_AFTER_S]
    async with connection.cursor(row_factory=scalar_row) as cursor:
        paused_at = await (await cursor.execute(PAUSED_AT, [queue])).fetchone()
    # Also without an application: one that starts is paused, too.
    if paused_at and all(one.paused for one in alive):
        words = f"the queue {queue} is paused {since(paused_at)}"
        return HoldUp(reason=words, command=f"{COMMAND} resume {queue}")
    if not alive:
        return HoldUp(reason=f"no {KINDS[queue]} is running", command=START[queue])
    if all(one.paused for one in alive):
        return HoldUp(reason=f"the queue {queue} is paused", command=f"{COMMAND} resume {queue}")
    return None
