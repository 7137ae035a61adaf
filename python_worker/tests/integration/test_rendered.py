"""`make demo` shows badges as they are rendered, but not more than a reader can follow."""

from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge.demo.rendered import AT_ONCE, Rendered
from helpers import badge_args, enqueue


@pytest.fixture
def batch_id() -> str:
    return str(uuid4())


def complete(connection: psycopg.Connection, batch_id: str, number: int, since: str = "now()") -> None:
    """Insert `number` completed badges, one millisecond after the other."""
    people = [badge_args(name=f"Person {index}", type="speaker") for index in range(number)]
    ids = enqueue(connection, *people, meta=Jsonb({"batch_id": batch_id}), state="completed", attempt=1)
    connection.execute(
        "UPDATE oban_jobs SET completed_at = done.at, attempted_at = done.at - interval '51 ms'"
        " FROM (SELECT id, timezone('UTC', " + since + ") + rank * interval '1 ms' AS at"
        " FROM unnest(%s::bigint[]) WITH ORDINALITY AS ids (id, rank)) AS done"
        " WHERE oban_jobs.id = done.id",
        [ids],
    )


def test_each_rendered_badge_is_returned_once_in_order(
    connection: psycopg.Connection, batch_id: str
) -> None:
    rendered = Rendered(batch_id, connection, per_s=1000)
    assert rendered.newest() == []
    complete(connection, batch_id, 3)
    badges = rendered.newest()
    assert [badge.name for badge in badges] == ["Person 0", "Person 1", "Person 2"]
    assert {(badge.type, badge.duration_s) for badge in badges} == {("speaker", 0.051)}
    assert rendered.newest() == []


def test_a_completion_that_becomes_visible_late_is_not_missed(
    connection: psycopg.Connection, batch_id: str
) -> None:
    rendered = Rendered(batch_id, connection, per_s=1000)
    complete(connection, batch_id, 1)
    assert len(rendered.newest()) == 1
    complete(connection, batch_id, 2, since="now() - interval '1 s'")
    assert len(rendered.newest()) == 2


def test_the_newest_of_many_badges_are_returned(connection: psycopg.Connection, batch_id: str) -> None:
    rendered = Rendered(batch_id, connection, per_s=0)
    complete(connection, batch_id, 500)
    assert [badge.name for badge in rendered.newest()] == [
        f"Person {index}" for index in range(500 - AT_ONCE, 500)
    ]
    complete(connection, batch_id, 500)
    assert rendered.newest() == []


def test_other_batches_and_jobs_that_are_not_rendered_are_left_out(
    connection: psycopg.Connection, batch_id: str
) -> None:
    complete(connection, str(uuid4()), 1)
    enqueue(connection, badge_args(), meta=Jsonb({"batch_id": batch_id}))
    assert Rendered(batch_id, connection, per_s=1000).newest() == []
