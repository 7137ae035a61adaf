"""One fault run: a batch in the table, a deployment that works on it, and injected faults."""

import random
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg

from badge_forge.database.embedded import EmbeddedDatabase
from chaos.audit import Outcome, audit
from chaos.deployment import Deployment
from helpers import HANG_S, enqueue, eventually, states

FIRST = ["Ada", "Grace", "Zoë", "Łukasz", "Nguyễn Thị", "Борис", "Ελένη", "María José"]
LAST = ["Lovelace", "Hopper", "Żółć", "Ánh", "Кузнецов", "Παπαδοπούλου", "of the Great Northern Family"]

RENDERED = """
SELECT count(*) FROM oban_jobs WHERE queue = 'badges' AND state = 'completed' AND args ? 'name'
"""

UNSETTLED = """
SELECT count(*) FROM oban_jobs
WHERE queue IN ('badges', 'printing') AND state NOT IN ('completed', 'cancelled', 'discarded')
"""

HURRY = """
UPDATE oban_jobs SET scheduled_at = timezone('UTC', now())
WHERE queue IN ('badges', 'printing') AND state = 'retryable'
"""


class FaultRun:
    """Used by one test; `write_down` gets what came of it."""

    def __init__(
        self,
        deployment: Deployment,
        server: EmbeddedDatabase,
        url: str,
        chance: random.Random,
        write_down: Callable[[Outcome], None],
    ) -> None:
        self.deployment, self.server, self.url, self.chance = deployment, server, url, chance
        self.badges: list[dict[str, Any]] = []
        self._write_down = write_down
        self._faults = 0
        self._last_fault_at = time.monotonic()

    def connect(self) -> psycopg.Connection:
        """Return a connection as soon as the server takes one."""

        def attempt() -> psycopg.Connection | None:
            try:
                return psycopg.connect(self.url, autocommit=True)
            except psycopg.OperationalError:
                return None

        connection = eventually(attempt)
        assert connection
        return connection

    def execute(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Execute a statement, on a connection of its own, and return its rows."""
        with self.connect() as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def enqueue(self, count: int, max_attempts: int = 5, **changes: Any) -> None:
        """Enqueue so many badges of people by chance."""
        people = [self._person() | changes for _ in range(count)]
        with self.connect() as connection, connection.transaction():
            enqueue(connection, *people, max_attempts=max_attempts, priority=1)
        self.badges += people

    def states(self, queue: str = "badges") -> dict[str, int]:
        """Count a queue's jobs by state."""
        with self.connect() as connection:
            return states(connection, queue)

    def rendered(self) -> int:
        """Count the badges of this run that were rendered: others in the table have no name."""
        return int(self.execute(RENDERED)[0][0])

    def await_rendered(self, count: int) -> None:
        """Wait until so many badges were rendered, or all."""
        eventually(lambda: self.rendered() >= min(count, len(self.badges)))

    def fault(self, do: Callable[[], Any]) -> None:
        """Let a fault happen."""
        do()
        self._faults += 1
        self._last_fault_at = time.monotonic()

    def moments(self, times: int, until: float = 0.9) -> Iterator[None]:
        """Yield `times` times while the batch is rendered, at random moments; all before its end."""
        share = len(self.badges) * until / times
        for number in range(times):
            self.await_rendered(int(share * (number + self.chance.random())))
            # The moment itself is by chance, awaited is the share.
            time.sleep(self.chance.random() * 0.2)
            self.require_work()
            yield

    def require_work(self) -> None:
        """Require that badges are left to be rendered: a fault that comes later proves nothing."""
        assert self.rendered() < len(self.badges), "all badges were rendered before the fault"

    def fault_at_moments(self, times: int, do: Callable[[], Any]) -> None:
        """Let a fault happen so many times while the batch is rendered, at random moments."""
        for _moment in self.moments(times):
            self.fault(do)

    def settle(self, hurry: bool = False, within_s: float = HANG_S) -> None:
        """Wait until nothing is left to be done; `hurry` leaves out Oban's waiting before a retry."""

        def settled() -> bool:
            if hurry:
                self.execute(HURRY)
            return self.execute(UNSETTLED) == [(0,)]

        eventually(settled, within_s)

    def judge(
        self, fault: str, given_up: int = 0, printed_once: bool = True, gone: bool = False
    ) -> None:
        """Write down what came of it, and require that nothing was lost, doubled, torn or strays.

        `printed_once` asks that no print was begun again, as it may be when the app is killed.
        """
        with self.connect() as connection:
            outcome = audit(
                fault,
                self.deployment,
                connection,
                self.badges,
                self._faults,
                round(time.monotonic() - self._last_fault_at),
                gone,
            )
        self._write_down(outcome)
        assert outcome.clean, outcome
        assert not (printed_once and outcome.again), outcome
        assert outcome.given_up == given_up, outcome

    def _person(self) -> dict[str, Any]:
        return {
            "id": str(UUID(int=self.chance.getrandbits(128), version=4)),
            "name": f"{self.chance.choice(FIRST)} {self.chance.choice(LAST)}",
            "company": self.chance.choice(["", "Analytical Engines", "Hebridean Distributed Systems"]),
            "type": self.chance.choice(["attendee", "speaker", "sponsor", "organizer"]),
        }
