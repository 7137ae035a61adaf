"""`make demo` shows badges as they are rendered, but not more than a reader can follow."""

import psycopg

from badge_forge.demo.rendered import AT_ONCE, Rendered
from helpers import badge_args, enqueue


def enqueued(connection: psycopg.Connection, number: int) -> list[int]:
    people = [badge_args(name=f"Person {index}", type="speaker") for index in range(number)]
    return enqueue(connection, *people)


def complete(connection: psycopg.Connection, ids: list[int], since: str = "now()") -> None:
    """Complete the badges `ids`, one millisecond after the other."""
    connection.execute(
        "UPDATE oban_jobs SET state = 'completed', attempt = 1,"
        " completed_at = done.at, attempted_at = done.at - interval '51 ms'"
        " FROM (SELECT id, timezone('UTC', " + since + ") + rank * interval '1 ms' AS at"
        " FROM unnest(%s::bigint[]) WITH ORDINALITY AS ids (id, rank)) AS done"
        " WHERE oban_jobs.id = done.id",
        [ids],
    )


def test_each_rendered_badge_is_returned_once_in_order(connection: psycopg.Connection) -> None:
    ids = enqueued(connection, 3)
    rendered = Rendered(ids, connection, per_s=1000)
    assert rendered.newest() == []
    complete(connection, ids)
    badges = rendered.newest()
    assert [badge.name for badge in badges] == ["Person 0", "Person 1", "Person 2"]
    assert {(badge.type, badge.duration_s) for badge in badges} == {("speaker", 0.051)}
    assert rendered.newest() == []


def test_a_completion_that_becomes_visible_late_is_not_missed(connection: psycopg.Connection) -> None:
    ids = enqueued(connection, 3)
    rendered = Rendered(ids, connection, per_s=1000)
    complete(connection, ids[:1])
    assert len(rendered.newest()) == 1
    complete(connection, ids[1:], since="now() - interval '1 s'")
    assert len(rendered.newest()) == 2


def test_the_newest_of_many_badges_are_returned(connection: psycopg.Connection) -> None:
    ids = enqueued(connection, 1000)
    rendered = Rendered(ids, connection, per_s=0)
    complete(connection, ids[:500])
    assert [badge.name for badge in rendered.newest()] == [
        f"Person {index}" for index in range(500 - AT_ONCE, 500)
    ]
    complete(connection, ids[500:])
    assert rendered.newest() == []


def test_other_jobs_and_those_that_are_not_rendered_are_left_out(
    connection: psycopg.Connection,
) -> None:
    complete(connection, enqueued(connection, 1))
    assert Rendered(enqueued(connection, 1), connection, per_s=1000).newest() == []
