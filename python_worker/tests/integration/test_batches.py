"""`badge-forge batches` lists when, how many badges, which design, how far, and invented people."""

import json
import re

import psycopg
from psycopg.types.json import Jsonb

from helpers import badge_args, call, enqueue


def batch(connection: psycopg.Connection, name: str, *states: str, **meta: bool) -> None:
    """Enqueue a batch with a badge in each of `states`. Those that are "printed" have a print job."""
    for state in states:
        args = badge_args(design="a6") if name == "monday" else badge_args()
        columns = {"meta": Jsonb({"batch_id": name} | meta)}
        enqueue(connection, args, state="completed" if state == "printed" else state, **columns)
        if state == "printed":
            printing = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}
            enqueue(connection, args, state="completed", **columns, **printing)


def test_batches_are_listed_with_time_size_design_and_progress(
    connection: psycopg.Connection, database_url: str
) -> None:
    batch(connection, "monday", "printed", "completed", "available", "discarded")
    batch(connection, "demo", "printed", invented=True)
    enqueue(connection, badge_args())
    result = call("batches", DATABASE_URL=database_url)
    assert result.returncode == 0, result.stderr
    newest, oldest = result.stdout.splitlines()
    assert newest.endswith("  demo  1 badge, conf-4x6, all printed, invented people")
    assert oldest.endswith("  monday  4 badges, a6, 2 rendered, 1 printed, 1 failed")
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d  ", newest)
    assert result.stderr == "2 batches\n"
    as_json = json.loads(call("batches", "--json", "--limit", "1", DATABASE_URL=database_url).stdout)
    assert [(one["id"], one["invented"]) for one in as_json] == [("demo", True)]


def test_a_batch_of_hostile_rows_is_listed_on_one_line(
    connection: psycopg.Connection, database_url: str
) -> None:
    meta = Jsonb({"batch_id": "a\nb\x1b[2J", "invented": "yes"})
    enqueue(connection, badge_args(design="x\ny"), {"id": 7}, meta=meta)
    result = call("batches", DATABASE_URL=database_url)
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 1
    assert "\x1b" not in result.stdout
    assert "invented" not in result.stdout
