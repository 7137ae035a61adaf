"""Attack: insert rows with the batch id of a demo, so that it ends early and reports success."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge.demo.batch import Batch, Progress
from badge_forge.demo.follow import follow_lines
from badge_forge.demo.rendered import Rendered
from helpers import badge_args, enqueue


def test_foreign_rows_with_a_batch_s_id_are_not_counted_as_its_badges(
    connection: psycopg.Connection,
) -> None:
    batch_id = str(uuid4())
    meta: dict[str, Any] = {"meta": Jsonb({"batch_id": batch_id})}
    own = [badge_args(name="Ada"), badge_args(name="Grace")]
    ids = enqueue(connection, *own, **meta)
    done = meta | {"state": "completed", "completed_at": "now", "attempted_at": "now"}
    prints = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}
    for args in [badge_args(name="Mallory") for _number in range(9)]:
        enqueue(connection, args, **done)
        enqueue(connection, args, **done, **prints)
        enqueue(connection, args, **meta, state="discarded", discarded_at="now")

    batch = Batch(batch_id, ids, connection)
    assert batch.progress() == Progress()
    assert [(badge.name, badge.printed) for badge in batch.badges()] == [
        ("Ada", False),
        ("Grace", False),
    ]
    assert Rendered(ids, connection, per_s=1000).newest() == []

    connection.execute("UPDATE oban_jobs SET state = 'completed' WHERE id = %s", [ids[0]])
    enqueue(connection, own[0], own[0], **done, **prints)  # one badge, printed again
    assert batch.progress() == Progress(rendered=1, printed=1)
    assert [badge.printed for badge in batch.badges()] == [True, False]


def test_the_demo_in_containers_follows_the_jobs_whose_ids_it_gets(
    connection: psycopg.Connection, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    batch_id = str(uuid4())
    meta: dict[str, Any] = {"meta": Jsonb({"batch_id": batch_id})}
    done = meta | {"state": "completed", "completed_at": "now", "attempted_at": "now"}
    prints = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}
    ada, grace, mallory = (badge_args(name=name) for name in ("Ada", "Grace", "Mallory"))
    ids = enqueue(connection, ada, grace, **done)
    enqueue(connection, ada, mallory, **done, **prints)
    enqueue(connection, mallory, **done)
    enqueue(connection, grace, **meta, **prints, state="discarded", discarded_at="now")

    assert follow_lines(batch_id, [f"{number}\n" for number in ids], database_url) == 1
    assert capsys.readouterr() == (
        "rendered 2/2, printed 1/2\n",
        "1 badge failed, 0 not printed in time\n",
    )
    assert follow_lines(batch_id, [f"{ids[0]}\n"], database_url) == 0
