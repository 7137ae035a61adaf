"""A fault run: a batch of badges, a deployment that processes it, and injected faults."""

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

SKIP_BACKOFF = """
UPDATE oban_jobs SET scheduled_at = timezone('UTC', now())
WHERE queue IN ('badges', 'printing') AND state = 'retryable'
"""


class FaultRun:
    """The fault run of one test. `record` receives its outcome."""

    def __init__(
        self,
        deployment: Deployment,
        server: EmbeddedDatabase,
        url: str,
        rng: random.Random,
        record: Callable[[Outcome], None],
    ) -> None:
        self.deployment, self.server, self.url, self.rng = deployment, server, url, rng
        self.badges: list[dict[str, Any]] = []
        self._record = record
        self._faults = 0
        self._last_fault_at = time.monotonic()

    def connect(self) -> psycopg.Connection:
        """Return a connection as soon as the server accepts one."""

        def attempt() -> psycopg.Connection | None:
            try:
                return psycopg.connect(self.url, autocommit=True)
            except psycopg.OperationalError:
                return None

        connection = eventually(attempt)
        assert connection
        return connection

    def execute(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Execute a statement on a new connection, and return its rows."""
        with self.connect() as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def enqueue(self, count: int, max_attempts: int = 5, **changes: Any) -> None:
        """Enqueue `count` badges of random people."""
        people = [self._person() | changes for _ in range(count)]
        with self.connect() as connection, connection.transaction():
            enqueue(connection, *people, max_attempts=max_attempts, priority=1)
        self.badges += people

    def states(self, queue: str = "badges") -> dict[str, int]:
        """Count a queue's jobs by state."""
        with self.connect() as connection:
            return states(connection, queue)

    def rendered(self) -> int:
        """Count the rendered badges of this run. Other badges in the table have no name."""
        return int(self.execute(RENDERED)[0][0])

    def await_rendered(self, count: int) -> None:
        """Wait until `count` badges, or all, are rendered."""
        eventually(lambda: self.rendered() >= min(count, len(self.badges)))

    def fault(self, do: Callable[[], Any]) -> None:
        """Inject a fault."""
        do()
        self._faults += 1
        self._last_fault_at = time.monotonic()

    def moments(self, times: int, until: float = 0.9) -> Iterator[None]:
        """Yield `times` times at random moments before the share `until` of the batch is rendered."""
        share = len(self.badges) * until / times
        for number in range(times):
            self.await_rendered(int(share * (number + self.rng.random())))
            # The share picks the badge, the sleep a moment of its rendering.
            time.sleep(self.rng.random() * 0.2)
            self.require_work()
            yield

    def require_work(self) -> None:
        """Require unrendered badges: a fault after the last rendering proves nothing."""
        assert self.rendered() < len(self.badges), "all badges were rendered before the fault"

    def fault_at_moments(self, times: int, do: Callable[[], Any]) -> None:
        """Inject a fault `times` times at random moments while the batch is rendered."""
        for _moment in self.moments(times):
            self.fault(do)

    def settle(self, skip_backoff: bool = False, within_s: float = HANG_S) -> None:
        """Wait until all jobs are finished; `skip_backoff` retries without Oban's back-off."""

        def settled() -> bool:
            if skip_backoff:
                self.execute(SKIP_BACKOFF)
            return self.execute(UNSETTLED) == [(0,)]

        eventually(settled, within_s)

    def judge(
        self, fault: str, given_up: int = 0, printed_once: bool = True, pdfs_removed: bool = False
    ) -> None:
        """Record the outcome, and require that nothing is lost, doubled, torn or stray.

        `printed_once` requires that no print started twice, which may happen when the app is killed.
        """
        with self.connect() as connection:
            outcome = audit(
                fault,
                self.deployment,
                connection,
                self.badges,
                self._faults,
                round(time.monotonic() - self._last_fault_at),
                pdfs_removed,
            )
        self._record(outcome)
        assert outcome.clean, outcome
        assert not (printed_once and outcome.reprinted), outcome
        assert outcome.given_up == given_up, outcome

    def _person(self) -> dict[str, Any]:
        return {
            "id": str(UUID(int=self.rng.getrandbits(128), version=4)),
            "name": f"{self.rng.choice(FIRST)} {self.rng.choice(LAST)}",
            "company": self.rng.choice(["", "Analytical Engines", "Hebridean Distributed Systems"]),
            "type": self.rng.choice(["attendee", "speaker", "sponsor", "organizer"]),
        }
