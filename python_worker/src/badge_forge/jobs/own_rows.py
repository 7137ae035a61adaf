"""Keep Oban's leader from changing the rows of other applications.

Oban for Python's pruner and lifeline act on the whole table.
"""

from collections.abc import Sequence

from oban import telemetry
from oban._extensions import put_ext
from oban._query import Query

from badge_forge.jobs.statements import statement

PRUNE_JOBS = statement(__package__, "prune_jobs")


def touch_only(queues: Sequence[str]) -> None:
    """Let each Oban that is created afterwards prune `queues` only, and rescue nothing.

    `Lifeline` rescues by heartbeat. Oban's goes by age, so it would also rescue running jobs. It also
    discards jobs that have no attempts left; in our queues, a trigger cancels them.
    """

    async def prune(query: Query, max_age: int, limit: int) -> None:
        parameters = {"queues": list(queues), "max_age": max_age, "limit": limit}
        with telemetry.span("oban.pruner.prune", {}) as context:
            async with query.connection() as connection:
                cursor = await connection.execute(PRUNE_JOBS, parameters)
                context.add({"pruned_count": cursor.rowcount})

    async def rescue_nothing(_query: Query, _rescue_after: float) -> None:
        pass

    put_ext("pruner.prune", prune)
    put_ext("lifeline.rescue", rescue_nothing)
