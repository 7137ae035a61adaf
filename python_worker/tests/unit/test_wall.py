"""Parts of the wall that need neither a database nor a browser."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from badge_forge.jobs.wire import BADGES, PRINTING
from badge_forge.views.badges import Badge, Cursor
from badge_forge.views.progress import Batches, Throughput, per_second
from badge_forge.views.snapshot import Count, Failure, Node, Snapshot
from badge_forge.views.table import Table
from badge_forge.wall.broadcast import MOST_BADGES, MOST_CLIENTS, Broadcaster, Client
from badge_forge.wall.names import Names, first_name
from badge_forge.wall.pace import BUSY, Pace
from badge_forge.wall.security import Hosts, is_loopback
from badge_forge.wall.state import held_up, problems, state, time_to_empty_s


async def taken(client: Client) -> tuple[str, Any]:
    """Return the next event of `client`."""
    event = await anext(client.events())
    return event.name, json.loads(event.data)


async def test_a_slow_client_gets_the_newest_state_and_the_number_of_missed_badges() -> None:
    broadcaster = Broadcaster()
    with broadcaster.client() as slow:
        for number in range(1000):
            broadcaster.state({"number": number})
            broadcaster.badges([{"id": number}] * 3, more=1)
        assert len(slow._pending) == 2
        events = slow.events()
        by_name = {
            event.name: json.loads(event.data) for event in [await anext(events), await anext(events)]
        }
    assert by_name["state"] == {"number": 999}
    assert by_name["badges"] == {"badges": [{"id": 999}] * 3, "more": 4 * 1000 - 3}


async def test_an_event_has_the_newest_badges_and_the_number_of_the_others() -> None:
    broadcaster = Broadcaster()
    with broadcaster.client() as client:
        broadcaster.badges([{"id": number} for number in range(MOST_BADGES + 10)])
        _name, content = await taken(client)
    assert [badge["id"] for badge in content["badges"]] == list(range(10, MOST_BADGES + 10))
    assert content["more"] == 10


def shown(first: int, last: int) -> list[dict[str, Any]]:
    """Return badges as the wall sends them."""
    return [{"id": number} for number in range(first, last + 1)]


def test_few_badges_are_sent_at_once() -> None:
    pace = Pace()
    assert pace.take(shown(1, BUSY), 0, walls=50) == (shown(1, BUSY), 0)
    assert pace.take(shown(20, 21), 1, walls=50) == (shown(20, 21), 1)
    assert pace.take([], 0, walls=50) == ([], 0)


def test_while_many_badges_change_all_walls_get_the_same_ones_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pace = Pace()
    assert pace.take(shown(1, 100), 0, walls=1) == (shown(1, 100), 0)  # the first are not held back
    monkeypatch.setattr("badge_forge.wall.pace.BUSY_S", 3600.0)
    assert pace.take(shown(101, 150), 7, walls=1) == ([], 0)
    assert pace.take(shown(140, 140), 3, walls=1) == ([], 0)
    monkeypatch.setattr("badge_forge.wall.pace.BUSY_S", 0.0)
    late, more = pace.take([], 0, walls=0)
    assert [badge["id"] for badge in late] == [*range(101, 140), *range(141, 151), 140]
    assert more == 10


def test_the_more_walls_the_longer_they_show_the_same_badges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("badge_forge.wall.pace.BUSY_S", 0.0)
    pace = Pace()
    pace.take(shown(1, 1), 0, walls=0)
    assert pace.take(shown(1, 100), 0, walls=50_000) == ([], 0)
    assert pace.take([], 0, walls=0) == (shown(1, 100), 0)


async def test_a_state_is_sent_once_and_ends_an_outage() -> None:
    broadcaster = Broadcaster()
    assert broadcaster.problem
    with broadcaster.client() as client:
        broadcaster.outage("lost")
        assert broadcaster.problem == "lost"
        broadcaster.state({"number": 1})
        assert broadcaster.problem is None
        assert await taken(client) == ("state", {"number": 1})
        broadcaster.state({"number": 1})
        assert not client._pending
        broadcaster.state({"number": 1}, again=True)
        assert client._pending
    with broadcaster.client() as late:
        assert await taken(late) == ("state", {"number": 1})


def test_the_number_of_clients_is_bounded() -> None:
    broadcaster = Broadcaster()
    clients = [broadcaster.client() for _ in range(MOST_CLIENTS)]
    for client in clients:
        assert not broadcaster.full
        client.__enter__()
    assert broadcaster.full
    clients[0].__exit__(None, None, None)
    assert not broadcaster.full


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "Ada"),
        ("Dr. Grace Brewster Murray Hopper", "Grace"),
        ("Jean-Luc Picard", "Jean-Luc"),
        ("Cher", "Cher"),
        ("Lovelace, Ada", "L. A."),
        ("J. R. R. Tolkien", "J. R. R. T."),
        ("Nguyễn Văn An", "N. V. A."),
        ("李小龍", "李…"),
        ("山田 太郎", "山…"),
        ("김민준", "김…"),
        ("محمد بن موسى", "محمد"),
        ("<b>Ada</b> Lovelace", "<b>Ada</b>"),
        ("🎉", ""),
        ("", ""),
    ],
)
def test_first_names(name: str, shown: str) -> None:
    assert first_name(name) == shown


def test_a_reason_keeps_the_field_at_fault_only() -> None:
    names = Names("first")
    hidden = "details are hidden (--names first)"
    assert names.reason("InputError: name: no font for 'Ada'") == f"name: {hidden}"
    assert names.reason("Ada: is not a field of the contract") == hidden
    assert names.reason("** (RuntimeError) Ada") == hidden
    assert Names("full").reason("Ada") == "Ada"


def test_a_cursor_survives_a_url() -> None:
    cursor = Cursor("2026-11-29T05:00:00.123456", 42, 3)
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text", ["", "1", "0_infinity_1", "0_2026-01-01T00:00:00_-1", "0_2026-13-01T00:00:00_1"]
)
def test_a_wrong_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"before must|month must"):
        Cursor.parse(text)


def test_the_rate_is_that_of_the_last_minute_or_since_work_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1005.0)  # half a bucket
    assert per_second([0] * 60) == 0
    assert per_second([*[9] * 54, *[0] * 6]) == 0
    assert per_second([0] * 59 + [50]) == 10
    assert per_second([0] * 58 + [100, 50]) == 10
    assert per_second([600] * 54 + [10] * 6) == pytest.approx(60 / 55)


def snapshot(**jobs: int) -> Snapshot:
    counts = [
        Count(queue=queue, state=state, jobs=number, estimated=False)
        for key, number in jobs.items()
        for queue, state in [key.split("_")]
    ]
    nothing: dict[str, Any] = {"throughput": [], "nodes": [], "latest": [], "failures": []}
    return Snapshot(taken_at=datetime.now(UTC), counts=counts, **nothing)


def test_time_to_empty_counts_what_has_to_be_rendered_and_printed() -> None:
    rates = {BADGES: 10.0, PRINTING: 20.0}
    assert time_to_empty_s(snapshot(badges_completed=5), rates) == 0
    assert time_to_empty_s(snapshot(badges_available=100), rates) == 10
    assert time_to_empty_s(snapshot(badges_available=100, printing_available=300), rates) == 20
    assert time_to_empty_s(snapshot(printing_available=40), rates | {BADGES: 0.0}) == 2
    assert time_to_empty_s(snapshot(badges_available=1), rates | {BADGES: 0.0}) is None


def node(name: str, queue: str, seen_ago_s: float | None, paused: bool = False) -> Node:
    return Node(
        node=name, queue=queue, executing=0, paused=paused, job_limit=4, seen_ago_s=seen_ago_s, up_s=9
    )


def test_a_failure_has_the_command_that_fixes_it_and_advice_if_there_is_none() -> None:
    reasons = ("design: there is no design a7", "email: must be an address, got: 'ada'", "paper jam")
    failures = [
        Failure(
            queue=BADGES, state="cancelled", jobs=9, failed_at=datetime.now(UTC), ids=[1], reason=reason
        )
        for reason in reasons
    ]
    shown = state(
        snapshot().model_copy(update={"failures": failures}),
        Table(has_producers=True, has_completed_at_index=True),
        Throughput(),
        Batches(batches=[], designs=[], types=[], complete=True),
        Names("none"),
    )["failures"]
    assert [failure["command"] for failure in shown] == [
        "bin/badge-forge design new a7",
        None,
        "bin/badge-forge retry --all",
    ]
    assert shown[1]["advice"] == "Correct the entry and enqueue the badge again"
    assert "ada" not in str(shown)


def test_printers_that_hold_badges_up_are_told_in_their_words() -> None:
    jam = Failure(
        queue=PRINTING,
        state="scheduled",
        jobs=3,
        failed_at=datetime.now(UTC),
        ids=[1],
        reason="desk-1: paper\x1b jam",
    )
    elsewhere = jam.model_copy(update={"queue": "signs"})
    assert held_up([jam, elsewhere]) == ["desk-1: paper\\u001b jam: 3 badges wait for it."]
    assert held_up([jam.model_copy(update={"jobs": 1})])[0].endswith(": 1 badge waits for it.")


def test_problems_are_told_in_words_with_the_command() -> None:
    fine = [node("a", BADGES, 0.5), node("b", PRINTING, 0.5)]
    assert problems(fine) == []
    assert problems([fine[0]]) == ["No print center is running. Start one with `make iex`."]
    assert problems([node("a", BADGES, 60), fine[1]]) == [
        "No worker is running. Start one with `make worker`.",
        "The worker on a does not report any more: it hangs or was killed.",
    ]
    assert problems([node("a", BADGES, 0.5, paused=True), fine[1]]) == [
        "The worker is paused. Continue with `bin/badge-forge resume badges`."
    ]


@pytest.mark.parametrize(
    ("listening", "host", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1:4001", True),
        ("127.0.0.1", "192.168.0.7:4001", False),
        ("wall.example", "WALL.example:4001", True),
        ("::1", "[::1]:4001", True),
        ("0.0.0.0", "192.168.0.7:4001", True),
        ("0.0.0.0", "[fe80::1]:4001", True),
        ("0.0.0.0", "192.168.0.7:80", False),
        ("0.0.0.0", "evil.example:4001", False),
        ("0.0.0.0", "127.0.0.1.evil.example:4001", False),
        ("0.0.0.0", "", False),
    ],
)
def test_only_hosts_of_the_wall_are_allowed(listening: str, host: str, allowed: bool) -> None:
    assert Hosts(listening, 4001).allows(host) == allowed


def test_loopback_is_this_machine_only() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "127.1.2.3")] == [True] * 4
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.168.0.7", "wall.example"))


def test_a_badge_without_names_has_no_name_and_no_company() -> None:
    badge = Badge(
        id="x", job_id=1, name="Ada Lovelace", company="Analytical", type="speaker", design="a6",
        batch_id=None, state="printed", attempt=1, duration_s=1, finished_at=None, printed_at=None,
        has_pdf=True,
    )  # fmt: skip
    shown = Names("none").badge(badge)
    assert (shown["name"], shown["company"], shown["type"]) == ("", "", "speaker")
