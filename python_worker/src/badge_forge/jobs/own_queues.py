"""An Oban that runs only the queues it was created with, and starts no queue on other nodes."""

from typing import Any

from oban import Oban


class OwnQueuesOban(Oban):
    """Oban, except for `start_queue`.

    Oban for Python starts a queue here and sends a signal to every Oban of the database, of both
    languages. Those that lack the workers of the queue would fail its jobs with "unknown worker".
    """

    def __init__(self, *, queues: dict[str, Any], **options: Any) -> None:
        super().__init__(queues={**queues}, **options)
        self.own_queues = frozenset(queues)
        """The queues whose workers this process has."""

    async def start_queue(
        self, *, queue: str, limit: int, paused: bool = False, node: str | None = None
    ) -> None:
        """Start one of `own_queues` on this node, if it is not running.

        Raises `ValueError` for another queue or another node, and `psycopg.Error`.
        """
        if queue not in self.own_queues:
            own = ", ".join(sorted(self.own_queues))
            raise ValueError(f"queue must be one whose workers are here, {own}, got: {queue}")
        if node not in (None, self._node):
            raise ValueError(f"node must be this one, {self._node}, got: {node}")
        await super().start_queue(queue=queue, limit=limit, paused=paused, node=self._node)
