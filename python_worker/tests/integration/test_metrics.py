"""/metrics says what is in the table, in the text format of Prometheus, with bounded labels."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from badge_forge.database.roles import Role, role_url
from badge_forge.views.feed import Outage
from badge_forge.views.snapshot import Count, Failure, Node, Snapshot
from badge_forge.views.table import Table
from badge_forge.wall.labels import MOST_NODES, MOST_QUEUES, MOST_TYPES
from badge_forge.wall.metrics import render
from helpers import badge_args, enqueue

PRINTING = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}

Metrics = dict[tuple[str, ...], float]
"""Values by name without prefix, and values of the labels, ordered by the names of the labels."""

Measure = Callable[[], Awaitable[Metrics]]


def parsed(text: bytes) -> Metrics:
    """Parse metrics. Fails if there are two of the same name and labels, which Prometheus refuses."""
    samples = [
        (
            (sample.name.removeprefix("badge_forge_"), *dict(sorted(sample.labels.items())).values()),
            sample.value,
        )
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    ]
    metrics = dict(samples)
    assert len(metrics) == len(samples)
    return metrics


def snapshot(**parts: object) -> Snapshot:
    empty: dict[str, object] = {
        part: [] for part in ("counts", "throughput", "nodes", "latest", "failures")
    }
    return Snapshot.model_validate({"taken_at": datetime(2026, 11, 29)} | empty | parts)  # noqa: DTZ001


def node(name: str = "node", **changes: object) -> Node:
    row = {"node": name, "queue": "badges", "executing": 0, "paused": False}
    return Node.model_validate(row | {"job_limit": 1, "seen_ago_s": 0.5, "up_s": 9} | changes)


@pytest.fixture
async def measure(database_url: str) -> AsyncIterator[Measure]:
    """Return the metrics of the database, read with the role that can only read."""
    url = role_url(database_url, Role.DASH)
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        table = await Table.inspect(connection)
        assert table

        async def metrics() -> Metrics:
            return parsed(render(await Snapshot.take(connection, table, measured=True)))

        yield metrics


def complete(connection: psycopg.Connection, took_s: float, count: int = 1, **columns: object) -> None:
    """Insert jobs that were completed right now after `took_s` seconds."""
    ids = enqueue(connection, *[badge_args() for _ in range(count)], state="completed", **columns)
    connection.execute(
        "UPDATE oban_jobs SET completed_at = timezone('UTC', now()),"
        " attempted_at = timezone('UTC', now()) - make_interval(secs => %s) WHERE id = ANY (%s)",
        [took_s, ids],
    )


async def test_jobs_are_counted_by_queue_and_state_and_badges_by_type(
    connection: psycopg.Connection, measure: Measure
) -> None:
    enqueue(connection, *[badge_args(type=kind) for kind in ("speaker", "speaker", "sponsor")])
    enqueue(connection, badge_args(), state="executing")
    enqueue(connection, badge_args(), **PRINTING)
    metrics = await measure()
    assert metrics["database_up",] == 1
    assert metrics["jobs", "badges", "available"] == 3
    assert metrics["jobs", "badges", "executing"] == 1
    assert metrics["jobs", "printing", "available"] == 1
    assert {labels: value for labels, value in metrics.items() if labels[0] == "badges"} == {
        ("badges", "available", "speaker"): 2,
        ("badges", "available", "sponsor"): 1,
        ("badges", "executing", "speaker"): 1,
    }


async def test_a_queue_is_as_old_as_its_oldest_available_job_of_any_priority(
    connection: psycopg.Connection, measure: Measure
) -> None:
    enqueue(connection, badge_args(), priority=0)
    enqueue(connection, badge_args(), priority=9)
    enqueue(connection, badge_args(), state="executing", **PRINTING)
    connection.execute(
        "UPDATE oban_jobs SET scheduled_at = scheduled_at - interval '1 hour'"
        " WHERE priority = 9 OR state = 'executing'"
    )
    metrics = await measure()
    assert 3600 <= metrics["queue_age_seconds", "badges"] < 7200
    assert metrics["queue_age_seconds", "printing"] == 0


async def test_durations_are_a_histogram_of_the_last_minute(
    connection: psycopg.Connection, measure: Measure
) -> None:
    complete(connection, 0.05, 2)
    complete(connection, 1.5)
    complete(connection, 3600)
    metrics = await measure()
    buckets = {
        labels[1]: value
        for labels, value in metrics.items()
        if labels[0] == "job_duration_seconds_bucket" and labels[2] == "badges"
    }
    assert buckets == {"0.1": 2, "0.2": 2, "0.5": 2, "1.0": 2, "2.0": 3} | dict.fromkeys(
        ("5.0", "10.0", "30.0", "60.0"), 3
    ) | {"+Inf": 4}
    assert metrics["job_duration_seconds_gcount", "badges"] == 4
    assert metrics["job_duration_seconds_gsum", "badges"] == pytest.approx(3601.6)


async def test_time_to_empty_is_infinite_for_a_queue_of_which_nothing_is_completed(
    connection: psycopg.Connection, measure: Measure
) -> None:
    enqueue(connection, *[badge_args() for _ in range(10)])
    assert (await measure())["time_to_empty_seconds", "badges"] == float("inf")
    complete(connection, 1, 120)
    metrics = await measure()
    rate = metrics["jobs_per_second", "badges"]
    assert rate > 0
    assert metrics["time_to_empty_seconds", "badges"] == pytest.approx(10 / rate)


async def test_a_worker_reports_its_heartbeat_and_its_renderers(
    connection: psycopg.Connection, measure: Measure
) -> None:
    renderers = {"count": 2, "busy": 1, "memory_mib": [81.5, 80], "restarts": 3}
    connection.execute(
        "INSERT INTO oban_producers (uuid, node, queue, meta, updated_at) VALUES"
        " (gen_random_uuid(), 'press', 'badges', %s, timezone('UTC', now()) - interval '1 minute')",
        [Jsonb({"paused": True, "renderers": renderers})],
    )
    metrics = await measure()
    assert 60 <= metrics["heartbeat_age_seconds", "press", "badges"] < 3600
    assert metrics["live_nodes", "badges"] == 0
    assert metrics["node_paused", "press", "badges"] == 1
    assert metrics["renderers", "press"] == 2
    assert metrics["renderers_busy", "press"] == 1
    assert metrics["renderer_memory_bytes", "press", "0"] == 81.5 * 1024 * 1024
    assert metrics["renderer_memory_bytes", "press", "1"] == 80 * 1024 * 1024
    assert metrics["renderer_restarts_total", "press"] == 3


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '"two"',
        '{"count": 2}',
        '{"count": -1, "busy": 0, "memory_mib": [], "restarts": 0}',
        '{"count": 1, "busy": 0, "memory_mib": ["much"], "restarts": 0}',
        '{"count": 1, "busy": 0, "memory_mib": [1e999], "restarts": 0}',
        '{"count": 1, "busy": 0, "memory_mib": [1' + "0" * 400 + '], "restarts": 0}',
        '{"count": 1, "busy": 0, "memory_mib": [' + ", ".join(["1"] * 300) + '], "restarts": 0}',
    ],
)
def test_a_report_of_renderers_that_makes_no_sense_is_left_out(text: str) -> None:
    report = json.loads(text)
    row = node().model_copy(update={"renderers": report})
    metrics = parsed(render(snapshot(nodes=[row])))
    assert not [labels for labels in metrics if labels[0].startswith("renderer")]
    assert metrics["node_jobs", "node", "badges"] == 0


async def test_types_that_break_the_contract_are_one_label(
    connection: psycopg.Connection, measure: Measure
) -> None:
    hostile = ["</script>", 'a"b\\', "x" * 1_000_000, {"a": 1}, None, 5.5]
    enqueue(connection, *[badge_args(type=kind) for kind in hostile], {})
    metrics = await measure()
    types = {labels: value for labels, value in metrics.items() if labels[0] == "badges"}
    assert {labels[-1] for labels in types} == {"invalid"}
    assert sum(types.values()) == len(hostile) + 1


async def test_types_of_events_are_labels_up_to_a_number(
    connection: psycopg.Connection, measure: Measure
) -> None:
    enqueue(connection, *[badge_args(type=f"type-{number}") for number in range(MOST_TYPES + 9)])
    enqueue(connection, badge_args(type="type-0"))
    types = {labels[-1]: value for labels, value in (await measure()).items() if labels[0] == "badges"}
    assert len(types) == MOST_TYPES + 1
    assert (types["type-0"], types["other"]) == (2, 9)


def test_labels_are_bounded_in_length_and_number_and_never_collide() -> None:
    queues = [f"{'q' * 200}{number}" for number in range(500)] + [f"q{n}" for n in range(500)]
    counts = [
        Count(queue=queue, state="available", jobs=1, estimated=False)
        for queue in [*queues, "badges", "printing", 'evil"} 1\n\r\x00\x85\u2028# HELP']
    ]
    nodes = [node(f"{'n' * 200}{number}") for number in range(300)] + [
        node(f"n{number}") for number in range(300)
    ]
    text = render(snapshot(counts=counts, nodes=nodes))
    metrics = parsed(text)
    labels = {labels[1] for labels in metrics if labels[0] == "jobs"}
    assert {"badges", "printing"} <= labels
    assert len(labels) <= MOST_QUEUES
    assert len({labels[1] for labels in metrics if labels[0] == "node_jobs"}) <= MOST_NODES
    assert max(len(label) for names in metrics for label in names) <= 100
    assert len(text) < 200_000


def test_characters_that_cannot_be_shown_are_replaced() -> None:
    count = Count(queue='evil"} 1\n\r\x00\x85\u2028\\# HELP', state="available", jobs=7, estimated=False)
    metrics = parsed(render(snapshot(counts=[count])))
    assert metrics["jobs", 'evil"} 1\ufffd\ufffd\ufffd\ufffd\ufffd\\# HELP', "available"] == 7


async def test_queues_of_an_empty_table_are_reported_as_empty(measure: Measure) -> None:
    metrics = await measure()
    for queue in ("badges", "printing"):
        assert metrics["jobs", queue, "discarded"] == 0
        assert metrics["live_nodes", queue] == 0
        assert metrics["queue_age_seconds", queue] == 0
        assert metrics["time_to_empty_seconds", queue] == 0


def test_a_node_that_reports_is_live() -> None:
    nodes = [node("a"), node("b", seen_ago_s=6), node("c", seen_ago_s=None)]
    assert parsed(render(snapshot(nodes=nodes)))["live_nodes", "badges"] == 1


def test_the_reason_of_a_failure_is_no_label() -> None:
    at = datetime(2026, 11, 29, 5, tzinfo=UTC)
    failures = [
        Failure(queue="badges", state="cancelled", jobs=3, failed_at=at, ids=[1], reason=reason)
        for reason in ("Ada Lovelace has no glyph", "disk full")
    ]
    counts = [Count(queue="badges", state="cancelled", jobs=6, estimated=False)]
    text = render(snapshot(counts=counts, failures=failures))
    metrics = parsed(text)
    assert metrics["failure_causes", "badges", "cancelled"] == 2
    assert metrics["last_failure_timestamp_seconds", "badges", "cancelled"] == at.timestamp()
    assert b"Ada" not in text


def test_during_an_outage_only_the_database_is_reported() -> None:
    assert parsed(render(Outage("postgresql://… does not answer"))) == {("database_up",): 0}


async def test_types_above_10_000_jobs_are_scaled_to_all_jobs(
    connection: psycopg.Connection, measure: Measure
) -> None:
    connection.execute(
        "INSERT INTO oban_jobs (queue, worker, args)"
        " SELECT 'badges', 'badge_forge.generator.GenerateBadge', jsonb_build_object('type',"
        " CASE WHEN number % 4 = 0 THEN 'speaker' ELSE 'attendee' END)"
        " FROM generate_series(1, 20000) AS number"
    )
    metrics = await measure()
    assert metrics["badges", "available", "attendee"] == pytest.approx(15_000, rel=0.05)
    assert metrics["badges", "available", "speaker"] == pytest.approx(5_000, rel=0.05)
