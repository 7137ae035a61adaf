"""Both Obans stage due jobs: neither may stage a job that the other has just fetched."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from helpers import badge_args, enqueue, eventually, states

STAGE_AS_ELIXIR_DOES = """
UPDATE oban_jobs AS job SET state = 'available'
FROM (
    SELECT id FROM oban_jobs
    WHERE state IN ('scheduled', 'retryable') AND scheduled_at <= timezone('UTC', now())
) AS due
WHERE job.id = due.id
RETURNING job.id
"""


@pytest.mark.parametrize("last", [False, True], ids=["earlier-attempt", "last-attempt"])
@pytest.mark.parametrize("state", ["executing", "completed"])
def test_a_job_that_is_fetched_while_elixir_stages_it_is_not_staged_again(
    state: str, last: bool, connection: psycopg.Connection, database_url: str
) -> None:
    enqueue(connection, badge_args(), state="retryable", attempt=4 if last else 1)
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = %s"
    with psycopg.connect(database_url) as python, ThreadPoolExecutor(1) as elixir:
        python.execute("UPDATE oban_jobs SET state = 'available'")
        for taken in ("executing", state):
            python.execute("UPDATE oban_jobs SET state = %s, attempt = %s", [taken, 5 if last else 2])
        staged = elixir.submit(lambda: connection.execute(STAGE_AS_ELIXIR_DOES).fetchall())
        eventually(lambda: python.execute(waits, [connection.info.backend_pid]).fetchone() == (1,))
        python.commit()
        assert staged.result() == []
    assert states(connection) == {state: 1}


@pytest.mark.parametrize("state", ["scheduled", "retryable"])
def test_a_due_job_is_staged(state: str, connection: psycopg.Connection) -> None:
    (job_id,) = enqueue(connection, badge_args(), state=state)
    assert connection.execute(STAGE_AS_ELIXIR_DOES).fetchall() == [(job_id,)]
    assert states(connection) == {"available": 1}
