"""Metrics for Prometheus, from a snapshot of the queues.

No label contains the name of a person or the reason of a failure.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from typing import Annotated

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field, ValidationError

from badge_forge.jobs.wire import BADGES
from badge_forge.views.feed import Outage
from badge_forge.views.job_states import FAILED, UNFINISHED
from badge_forge.views.snapshot import DURATION_BOUNDS_S, Node, Snapshot
from badge_forge.wall.labels import node_labels, queue_labels, type_labels

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

STATES = (*UNFINISHED, "completed", *FAILED)

MIB = 1024 * 1024

Finite = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Renderers(BaseModel):
    """What a Python worker reports about its renderer processes, with bounds."""

    count: Annotated[int, Field(ge=0, le=1000)]
    busy: Annotated[int, Field(ge=0, le=1000)]
    memory_mib: Annotated[list[Finite], Field(max_length=256)]
    restarts: Annotated[int, Field(ge=0, le=10**9)]


def render(view: Snapshot | Outage) -> bytes:
    """Return `view` in the text format of Prometheus, which `CONTENT_TYPE` names.

    Badges by type, ages of queues and durations need a snapshot that is `measured`. An outage has
    `badge_forge_database_up` only.
    """
    registry = CollectorRegistry()
    registry.register(_Collector(view))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, view: Snapshot | Outage) -> None:
        self._view = view

    def describe(self) -> list[Metric]:
        """Name no metrics in advance: this collector is the only one of its registry."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of the view."""
        up = isinstance(self._view, Snapshot)
        yield GaugeMetricFamily("badge_forge_database_up", "Whether the database answers.", value=up)
        if isinstance(self._view, Snapshot):
            yield from _of_queues(self._view)
            yield from _of_failures(self._view)
            yield from _of_badges(self._view)
            yield from _of_nodes(self._view)


def _of_queues(snapshot: Snapshot) -> Iterator[Metric]:
    jobs = _gauge("jobs", "Jobs by queue and state of Oban, estimated above 50,000.", "queue", "state")
    rates = _gauge("jobs_per_second", "Jobs completed per second, over the last minute.", "queue")
    to_empty = _gauge(
        "time_to_empty_seconds", "Until the queue is empty at the present rate: +Inf at rate 0.", "queue"
    )
    ages = _gauge("queue_age_seconds", "Since the oldest available job was due: 0 if none is.", "queue")
    durations = GaugeHistogramMetricFamily(
        "badge_forge_job_duration_seconds",
        "Durations of the jobs completed within the last minute.",
        labels=["queue"],
    )
    age_of = {age.queue: age.age_s for age in snapshot.ages}
    for queue, label in queue_labels(snapshot).items():
        for state in STATES:  # also those without jobs: a series that appears has not risen
            jobs.add_metric([label, state], snapshot.jobs(queue, state))
        rates.add_metric([label], snapshot.per_second(queue))
        left_s = snapshot.time_to_empty_s(queue)
        to_empty.add_metric([label], float("inf") if left_s is None else left_s)
        ages.add_metric([label], age_of.get(queue, 0))
        _add_durations(durations, snapshot, queue, label)
    yield from (jobs, rates, to_empty, ages, durations)


def _add_durations(
    metric: GaugeHistogramMetricFamily, snapshot: Snapshot, queue: str, label: str
) -> None:
    rows = {row.bucket: row for row in snapshot.durations if row.queue == queue}
    bounds = [*map(str, DURATION_BOUNDS_S), "+Inf"]
    jobs = accumulate(rows[bucket].jobs if bucket in rows else 0 for bucket in range(len(bounds)))
    buckets = list(zip(bounds, map(float, jobs), strict=True))
    metric.add_metric([label], buckets, sum(row.total_s for row in rows.values()))


def _of_failures(snapshot: Snapshot) -> Iterator[Metric]:
    causes = _gauge("failure_causes", "Different causes of failed jobs, 50 at most.", "queue", "state")
    last = _gauge("last_failure_timestamp_seconds", "When a job failed last.", "queue", "state")
    groups = defaultdict(list)
    for failure in snapshot.failures:
        groups[failure.queue, failure.state].append(failure.failed_at.timestamp())
    queues = queue_labels(snapshot)
    for (queue, state), times in groups.items():
        if queue in queues:
            causes.add_metric([queues[queue], state], len(times))
            last.add_metric([queues[queue], state], max(times))
    yield from (causes, last)


def _of_badges(snapshot: Snapshot) -> Iterator[Metric]:
    badges = _gauge("badges", "Badge jobs by type and state of Oban.", "type", "state")
    counted: defaultdict[tuple[str, str], int] = defaultdict(int)
    read: defaultdict[str, int] = defaultdict(int)
    labels = type_labels(snapshot)
    for row in snapshot.types:
        kind = labels[row.type]
        counted[kind, row.state] += row.jobs
        read[row.state] += row.jobs
    for (kind, state), jobs in counted.items():
        # Above 10,000 of a state, only the newest ones were read: the others are taken to be like them.
        factor = max(1.0, snapshot.jobs(BADGES, state) / read[state])
        badges.add_metric([kind, state], round(jobs * factor))
    yield badges


def _of_nodes(snapshot: Snapshot) -> Iterator[Metric]:
    live = _gauge("live_nodes", "Nodes that reported the queue within the last 5 s.", "queue")
    for queue, label in queue_labels(snapshot).items():
        reporting = [
            node for node in snapshot.nodes if node.queue == queue and node.seen_ago_s is not None
        ]
        live.add_metric([label], sum(not node.silent for node in reporting))
    yield live
    seen = _gauge("heartbeat_age_seconds", "Since the node reported the queue.", "node", "queue")
    jobs = _gauge("node_jobs", "Jobs that the node executes.", "node", "queue")
    paused = _gauge("node_paused", "Whether the queue is paused on the node.", "node", "queue")
    count = _gauge("renderers", "Renderer processes.", "node")
    busy = _gauge("renderers_busy", "Renderer processes that render a badge.", "node")
    memory = _gauge("renderer_memory_bytes", "Memory of a renderer process.", "node", "renderer")
    restarts = CounterMetricFamily(
        "badge_forge_renderer_restarts", "Renderer processes that were replaced.", labels=["node"]
    )
    for (label, queue), node in node_labels(snapshot).items():
        jobs.add_metric([label, queue], node.executing)
        paused.add_metric([label, queue], node.paused)
        if node.seen_ago_s is not None:
            seen.add_metric([label, queue], max(0.0, node.seen_ago_s))
        if queue == BADGES and (renderers := _renderers(node)):
            count.add_metric([label], renderers.count)
            busy.add_metric([label], renderers.busy)
            restarts.add_metric([label], renderers.restarts)
            for number, mib in enumerate(renderers.memory_mib):
                memory.add_metric([label, str(number)], mib * MIB)
    yield from (seen, jobs, paused, count, busy, memory, restarts)


def _renderers(node: Node) -> Renderers | None:
    try:
        return Renderers.model_validate(node.renderers) if node.renderers else None
    except ValidationError:
        return None


def _gauge(name: str, documentation: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"badge_forge_{name}", documentation, labels=labels)
