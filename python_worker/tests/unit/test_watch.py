"""The lines of the terminal view: what they say, and that they fit."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from rich.text import Text

from badge_forge.views.snapshot import Count, Failure, LatestJob, Node, Snapshot, Throughput
from badge_forge.views.table import Table
from badge_forge.watch.columns import Column, in_columns
from badge_forge.watch.filter import Filter
from badge_forge.watch.panes.failures import failures
from badge_forge.watch.panes.latest import latest
from badge_forge.watch.panes.nodes import nodes, renderers
from badge_forge.watch.panes.queues import queues
from badge_forge.watch.source import Seen
from badge_forge.watch.view import View
from badge_forge.watch.words import number, rate, seconds

NOW = datetime(2026, 11, 29, 12, 0)  # noqa: DTZ001 — the table has UTC without a zone
HOSTILE = "[red]\x1b[2J\u202e\n" + "日本" * 5000


def view(chosen: str = "", any_table: bool = False, has_index: bool = True, **parts: Any) -> View:
    empty: dict[str, Any] = {"counts": [], "throughput": [], "nodes": [], "latest": [], "failures": []}
    snapshot = Snapshot(taken_at=NOW, **(empty | parts))
    return View(Seen(snapshot, Table(True, has_index)), any_table, chosen=Filter.parse(chosen))


def badge(number: int = 1, **changes: Any) -> LatestJob:
    columns: dict[str, Any] = {
        "id": number,
        "queue": "badges",
        "worker": "badge_forge.generator.GenerateBadge",
        "badge_id": "adadadad-c354-4cce-ad5b-f1be2814b17e",
        "name": f"Guest {number}",
        "type": "speaker",
        "design": None,
        "attempt": 1,
        "duration_s": 0.34,
        "completed_at": NOW - timedelta(seconds=number),
    }
    return LatestJob(**(columns | changes))


def node(**changes: Any) -> Node:
    columns: dict[str, Any] = {
        "node": "host.1",
        "queue": "badges",
        "executing": 3,
        "paused": False,
        "job_limit": 4.0,
        "seen_ago_s": 0.4,
        "up_s": 60.0,
    }
    return Node(**(columns | changes))


def failure(jobs: int = 1, reason: str = "cancelled by hand", **changes: Any) -> Failure:
    columns: dict[str, Any] = {"queue": "badges", "state": "cancelled", "ids": [7], "failed_at": NOW}
    return Failure(**(columns | {"jobs": jobs, "reason": reason} | changes))


def plain(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


def row(lines: list[Text], start: str) -> str:
    return next(" ".join(line.plain.split()) for line in lines if line.plain.startswith(start))


def test_queues_have_their_jobs_by_state_their_rate_and_when_they_are_empty() -> None:
    shown = view(
        counts=[
            Count(queue="badges", state="available", jobs=90, estimated=False),
            Count(queue="badges", state="scheduled", jobs=10, estimated=False),
            Count(queue="badges", state="completed", jobs=1_234_567, estimated=True),
            Count(queue="badges", state="discarded", jobs=2, estimated=False),
        ],
        throughput=[Throughput(queue="badges", jobs=120, within_s=60)],
    )
    assert row(queues(shown, 78), "badges") == "badges 100 0 0 ~1,230,000 2 2.0/s 50 s"
    assert row(queues(shown, 190), "badges") == "badges 90 10 0 0 ~1,230,000 0 2 2.0/s 50 s"
    assert row(queues(shown, 78), "printing").endswith("empty")


def test_a_queue_that_waits_for_an_application_is_stopped() -> None:
    waiting = Count(queue="printing", state="available", jobs=5, estimated=False)
    running = Count(queue="printing", state="executing", jobs=1, estimated=False)
    assert row(queues(view(counts=[waiting]), 78), "printing").endswith(" stopped")
    assert row(queues(view(counts=[waiting, running]), 78), "printing").endswith(" - -")


def test_an_application_that_is_missing_or_silent_is_named_in_words() -> None:
    lines = plain(nodes(view(nodes=[node(seen_ago_s=12.2)]), 78, 9))
    assert "No worker is running: `make worker` starts one" in lines
    assert "No print center is running: `make iex` starts one" in lines
    assert "13 s ago  silent: it hangs or was killed" in lines


def test_a_live_application_has_its_jobs_its_heartbeat_and_its_renderers() -> None:
    reported = {"count": 2, "busy": 1, "memory_mib": [81.2, 80.9], "restarts": 3}
    lines = plain(nodes(view(nodes=[node(renderers=reported, paused=True)]), 120, 9))
    assert "worker  host.1  3 of 4 jobs  1 s ago  paused, 2 renderers, 1 busy, 81 + 81 MiB, 3" in lines
    assert "No worker" not in lines


@pytest.mark.parametrize(
    "reported", [{"count": "2", "busy": None, "memory_mib": 7}, {"memory_mib": ["x"]}]
)
def test_what_a_worker_reports_wrongly_is_left_out(reported: dict[str, Any]) -> None:
    assert renderers(reported) == ""


def test_each_cause_has_the_number_of_its_failures_and_its_command() -> None:
    shown = view(failures=[failure(5_000, "name: is missing"), failure(1)])
    lines = plain(failures(shown, 78, 4))
    assert "5,000  badges  wrong entry: name" in lines
    assert "Correct the entry and enqueue the badge again" in lines
    assert "bin/badge-forge retry 7" in lines


def test_what_is_retried_is_among_the_causes_the_largest_first() -> None:
    shown = view(
        failures=[failure(1)], retrying=[failure(200, "jam", queue="printing", state="retryable")]
    )
    lines = plain(failures(shown, 78, 12))
    assert lines.index("printer: jam") < lines.index("cancelled by hand")
    assert "Oban retries these later. Fix the cause, then retry" in lines


def test_a_selected_cause_has_its_reason_and_is_always_in_sight() -> None:
    shown = view(failures=[failure(9 - index, f"path: x {index}") for index in range(8)])
    lines = failures(shown, 78, 5, selected=6)
    assert len(lines) <= 5
    assert plain(lines).lstrip().startswith("›") or "›" in plain(lines)
    assert "path: x 6" in plain(lines)


def test_a_selected_badge_is_always_in_sight() -> None:
    shown = view(latest=[badge(number) for number in range(1, 51)])
    assert "Guest 1 " in plain(latest(shown, 78, 10))
    lines = latest(shown, 78, 10, selected=40)
    assert len(lines) == 10
    assert "›" in next(line.plain for line in lines if "Guest 40 " in line.plain)


def test_without_an_index_the_command_that_creates_it_is_named() -> None:
    lines = " ".join(line.plain for line in latest(view(any_table=True, has_index=False), 78, 10))
    assert "CREATE INDEX CONCURRENTLY oban_jobs_completed_at_index ON oban_jobs (completed_at)" in lines


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ("ada", ["Ada Lovelace"]),
        ("ADA type:speaker", ["Ada Lovelace"]),
        ("type:sponsor", ["Bob"]),
        ("name:speaker", []),
        ("conf-4x6 bob", ["Bob"]),
        ("adadadad-c354", ["Ada Lovelace", "Bob"]),
        ("queue:printing", []),
        ("generator", []),
        ("", ["Ada Lovelace", "Bob"]),
    ],
)
def test_a_filter_looks_at_name_type_design_and_id(chosen: str, names: list[str]) -> None:
    found = [badge(name="Ada Lovelace"), badge(2, name="Bob", type="sponsor")]
    assert [job.name for job in Filter.parse(chosen).jobs(found)] == names


def test_a_filter_of_a_queue_holds_for_all_parts() -> None:
    shown = view("queue:print", nodes=[node()], failures=[failure()])
    assert plain(failures(shown, 78, 5)) == "none"
    assert "worker" not in plain(nodes(shown, 78, 5))
    assert "badges" not in plain(queues(shown, 78))


@pytest.mark.parametrize("width", [20, 58, 78, 200])
def test_hostile_text_stays_within_its_cells(width: int) -> None:
    shown = view(
        latest=[badge(name=HOSTILE, type=HOSTILE, design=HOSTILE)],
        nodes=[node(node=HOSTILE)],
        failures=[failure(reason=HOSTILE), failure(reason=f"design: there is no design x{HOSTILE}")],
        counts=[Count(queue=HOSTILE, state="available", jobs=1, estimated=False)],
    )
    for lines in (
        queues(shown, width),
        latest(shown, width, 9),
        failures(shown, width, 20),
        nodes(shown, width, 9),
    ):
        assert all(line.cell_len <= width for line in lines)
        assert all(line.plain.isprintable() for line in lines)


def test_optional_columns_are_left_out_where_they_do_not_fit() -> None:
    columns = [
        Column("name", flexible=True),
        Column("design", optional=True),
        Column("took", right=True),
    ]
    rows = [["Ada Lovelace", "conf-4x6", "340 ms"]]
    assert "conf-4x6" in in_columns(columns, rows, 40)[1].plain
    assert in_columns(columns, rows, 20)[1].plain == "Ada Lovelace  340 ms"


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [
        (0.3401, "340 ms"),
        (0.9999, "1.0 s"),
        (59.6, "60 s"),
        (125, "2 min"),
        (7 * 3600, "7 h"),
        (10 * 86400, "10 d"),
        (None, "-"),
        (float("inf"), "-"),
        (-5, "-"),
    ],
)
def test_durations_are_in_their_largest_unit(duration_s: float | None, words: str) -> None:
    assert seconds(duration_s) == words


def test_estimates_are_rounded_and_marked() -> None:
    assert number(1_234_567) == "1,234,567"
    assert number(1_234_567, estimated=True) == "~1,230,000"
    assert number(50_001, estimated=True) == "~50,000"


def test_small_rates_are_per_minute() -> None:
    assert [rate(each) for each in (1234.5, 12.34, 1.26, 0.1, 0)] == [
        "1,234/s",
        "12/s",
        "1.3/s",
        "6/min",
        "-",
    ]
