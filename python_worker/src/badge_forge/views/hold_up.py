"""Why a badge waits that should be taken at once: no application runs, or its queue is paused."""

from psycopg import AsyncConnection
from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from badge_forge.jobs.signals import PRODUCERS, Producer
from badge_forge.settings import COMMAND
from badge_forge.views.applications import KINDS, SILENT_AFTER_S, START


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
    if not alive:
        return HoldUp(reason=f"no {KINDS[queue]} is running", command=START[queue])
    if all(one.paused for one in alive):
        return HoldUp(reason=f"the queue {queue} is paused", command=f"{COMMAND} resume {queue}")
    return None
