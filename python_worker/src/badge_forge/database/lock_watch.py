"""Say what a session waits for and who holds it, if it waits for a lock."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import psycopg

logger = logging.getLogger(__name__)

SAY_AFTER_S = 2.0

FIND_HOLDER = """
SELECT
    coalesce(lock.relation::regclass::text, 'the ' || lock.locktype || ' lock'),
    holder.usename,
    left(nullif(regexp_replace(holder.application_name, '[^ -~]', '?', 'g'), ''), 40),
    holder.pid
FROM pg_locks AS lock, unnest(pg_blocking_pids(lock.pid)) AS blocking (pid)
JOIN pg_stat_activity AS holder ON holder.pid = blocking.pid
WHERE lock.pid = ANY (%s) AND NOT lock.granted
LIMIT 1
"""


@contextmanager
def lock_watch(url: str, pids: Callable[[], list[int]]) -> Iterator[None]:
    """While the block runs, log what the sessions `pids` wait for, and who holds it.

    A session that waits gives up after its `lock_timeout`.
    """
    done = Event()
    watch = Thread(target=_watch, args=(url, pids, done))
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()


def _watch(url: str, pids: Callable[[], list[int]], done: Event) -> None:
    said = None
    while not done.wait(SAY_AFTER_S):
        with suppress(psycopg.Error):  # the session that waits reports its error
            line = _waits_for(url, pids())
            if line and line != said and not done.is_set():
                said = line
                logger.warning(line)


def _waits_for(url: str, pids: list[int]) -> str | None:
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        found = connection.execute(FIND_HOLDER, [pids]).fetchone()
    if found is None:
        return None
    awaited, user, application, pid = found
    program = f" ({application})" if application else ""
    return (
        f"waiting for {awaited}, locked by {user}{program}, process {pid} of the server: end its "
        f"transaction, for example with SELECT pg_terminate_backend({pid})"
    )
