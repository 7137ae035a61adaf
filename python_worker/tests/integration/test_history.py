"""The history of one badge: its jobs of both queues, their attempts and reasons, and its file."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from badge_forge.database.roles import Role, role_url
from badge_forge.jobs.failed import retry
from badge_forge.jobs.signals import cancel
from badge_forge.jobs.wire import PRINT_CENTER, PRINTING
from badge_forge.views.history import History, find, history
from helpers import badge_args, enqueue

PRINT = {"queue": PRINTING, "worker": PRINT_CENTER}
TRACEBACK = "Traceback (most recent call last):\n  …\nRenderingError: the renderer died"


@pytest.fixture
async def viewer(database_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection with the role that can only read."""
    url = role_url(database_url, Role.DASH)
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def badge(connection: psycopg.Connection) -> dict[str, Any]:
    """A badge that was enqueued at 12:00 UTC, as a part of batch b. Its job has the id 1."""
    args = badge_args(title="Countess")
    enqueue(connection, args, meta=Jsonb({"batch_id": "b"}), priority=1)
    alter(connection, "inserted_at = '2026-11-24 12:00:00', scheduled_at = '2026-11-24 12:00:00'")
    return args


def alter(connection: psycopg.Connection, columns: str, job_id: int = 1) -> None:
    connection.execute(f"UPDATE oban_jobs SET {columns} WHERE id = {job_id}".encode())


def error(attempt: int, at: str, text: str) -> str:
    document = json.dumps({"attempt": attempt, "at": f"2026-11-24T{at}Z", "error": text})
    return f"'{document}'::jsonb"


RENDERED = (
    "state = 'completed', attempt = 1, attempted_by = ARRAY['forge-1', 'uuid'],"
    " attempted_at = '2026-11-24 12:00:02', completed_at = '2026-11-24 12:00:02.25'"
)


def confirm(connection: psycopg.Connection, badge: dict[str, Any], pdf: bytes = b"%PDF-") -> int:
    args = {"id": badge["id"], "name": badge["name"], "sha256": hashlib.sha256(pdf).hexdigest()}
    (job_id,) = enqueue(connection, args | {"file": f"ada-{badge['id']}.pdf"}, **PRINT)
    times = "inserted_at = '2026-11-24 12:00:02.25', scheduled_at = '2026-11-24 12:00:02.25'"
    alter(connection, times, job_id)
    return job_id


PRINTED = (
    "state = 'completed', attempt = 1, attempted_by = ARRAY['press-1', 'uuid'],"
    " attempted_at = '2026-11-24 12:00:03', completed_at = '2026-11-24 12:00:05'"
)


async def told(viewer: AsyncConnection, badge: dict[str, Any], folder: Path | None = None) -> History:
    found = await history(viewer, badge["id"], folder)
    assert found
    return found


def lines(found: History) -> list[str]:
    """Each event as `TIME WHAT NODE DURATION DETAIL`, without what it lacks."""
    return [
        " ".join(
            [f"{event.at:%H:%M:%S}", event.what]
            + ([event.node] if event.node else [])
            + ([f"{event.duration_s:g}s"] if event.duration_s is not None else [])
            + ([event.detail] if event.detail else [])
        )
        for event in found.events
    ]


async def test_a_history_goes_from_enqueueing_to_the_printer(
    connection: psycopg.Connection, viewer: AsyncConnection, badge: dict[str, Any]
) -> None:
    assert (await told(viewer, badge)).state == "waiting"
    alter(connection, RENDERED)
    assert (await told(viewer, badge)).state == "rendered"
    alter(connection, PRINTED, confirm(connection, badge))
    found = await told(viewer, badge)
    assert (found.name, found.title, found.batch_id) == ("Ada Lovelace", "Countess", "b")
    assert (found.state, found.failure) == ("printed", None)
    assert lines(found) == [
        "12:00:00 enqueued batch b, priority 1",
        "12:00:02 started forge-1 2s",
        "12:00:02 rendered forge-1 0.25s",
        "12:00:02 confirmed priority 0",
        "12:00:03 started press-1 0.75s",
        "12:00:05 printed press-1 2s",
    ]
    assert found.model_dump(mode="json")["events"][0]["at"] == "2026-11-24T12:00:00Z"


async def test_attempts_have_their_reasons_and_the_next_one_has_its_time(
    connection: psycopg.Connection, viewer: AsyncConnection, badge: dict[str, Any]
) -> None:
    errors = [
        error(1, "12:00:10", "rescued: the heartbeat of forge-1 stopped"),
        error(2, "12:00:12", TRACEBACK),
    ]
    alter(
        connection,
        "state = 'retryable', attempt = 2, attempted_by = ARRAY['forge-2'],"
        " attempted_at = '2026-11-24 12:00:11', scheduled_at = '2026-11-24 12:00:30',"
        f" errors = ARRAY[{', '.join(errors)}]",
    )
    found = await told(viewer, badge)
    assert lines(found)[1:] == [
        "12:00:10 rescued rescued: the heartbeat of forge-1 stopped",
        "12:00:11 started forge-2 11s",
        "12:00:12 failed forge-2 1s RenderingError: the renderer died",
    ]
    assert found.state == "retrying"
    assert f"{found.jobs[0].next_attempt_at:%H:%M:%S}" == "12:00:30"
    assert found.failure
    assert found.failure.reason == "RenderingError: the renderer died"
    assert found.failure.command == "bin/badge-forge retry 1"


@pytest.mark.parametrize(
    ("state", "said", "reason"),
    [
        ("cancelled", '{:cancel, "path: no such file: \\"/x.pdf\\""}', 'path: no such file: "/x.pdf"'),
        ("discarded", "{:error, :enospc}", None),
    ],
)
async def test_a_failure_has_its_reason_and_a_command(
    state: str,
    said: str,
    reason: str | None,
    connection: psycopg.Connection,
    viewer: AsyncConnection,
    badge: dict[str, Any],
) -> None:
    alter(connection, RENDERED)
    print_id = confirm(connection, badge)
    recorded = f"** (Oban.PerformError) BadgeForge.PrintCenter failed with {said}"
    alter(
        connection,
        f"state = '{state}', attempt = 3, {state}_at = '2026-11-24 12:00:09',"
        " attempted_at = '2026-11-24 12:00:08', attempted_by = ARRAY['press-1'],"
        f" errors = ARRAY[{error(3, '12:00:09', recorded)}]",
        print_id,
    )
    found = await told(viewer, badge)
    assert lines(found)[-1] == f"12:00:09 {state} press-1 1s {reason or recorded}"
    assert found.state == "failed"
    assert found.failure
    assert (found.failure.job_id, found.failure.queue) == (print_id, "printing")
    assert found.failure.command == f"bin/badge-forge retry {print_id}"


async def test_a_job_that_was_cancelled_by_hand_and_retried_has_both(
    connection: psycopg.Connection, viewer: AsyncConnection, badge: dict[str, Any], badges_dir: Path
) -> None:
    cancel(connection, [1])
    assert [event.what for event in (await told(viewer, badge)).events] == ["enqueued", "cancelled"]
    retry(connection, [1], badges_dir)
    found = await told(viewer, badge)
    assert [event.what for event in found.events] == ["enqueued", "cancelled", "retried"]
    assert (found.state, found.failure) == ("waiting", None)


async def test_a_print_without_its_pdf_that_is_retried_is_a_retry_of_its_badge(
    connection: psycopg.Connection, viewer: AsyncConnection, badge: dict[str, Any], badges_dir: Path
) -> None:
    alter(connection, RENDERED)
    print_id = confirm(connection, badge)
    path = f"{badges_dir}/ada-{badge['id']}.pdf"
    alter(connection, f'args = args || \'{{"path": "{path}"}}\'', print_id)
    cancel(connection, [print_id])
    assert retry(connection, [print_id], badges_dir).rendered_again == [print_id]
    found = await told(viewer, badge)
    assert [event.what for event in found.events] == ["enqueued", "started", "retried"]


async def test_all_jobs_of_a_badge_that_was_enqueued_twice_are_told_newest_last(
    connection: psycopg.Connection, viewer: AsyncConnection, badge: dict[str, Any]
) -> None:
    alter(connection, RENDERED)
    alter(connection, PRINTED, confirm(connection, badge))
    enqueue(connection, badge | {"company": "Engines"})
    found = await told(viewer, badge)
    assert [(job.queue, job.state) for job in found.jobs] == [
        ("badges", "completed"),
        ("printing", "completed"),
        ("badges", "available"),
    ]
    assert [event.what for event in found.events].count("enqueued") == 2
    assert found.events[-1].what == "enqueued"
    assert (found.company, found.state) == ("Engines", "waiting")


async def test_a_snoozed_and_a_scheduled_job_have_their_times(
    connection: psycopg.Connection, viewer: AsyncConnection, badge: dict[str, Any]
) -> None:
    alter(connection, "state = 'scheduled', scheduled_at = '2026-11-24 12:01:00'")
    found = await told(viewer, badge)
    assert lines(found) == ["12:00:00 enqueued batch b, priority 1, to run 60 s later"]
    alter(connection, "attempt = 1, attempted_at = '2026-11-24 12:00:01', attempted_by = ARRAY['x']")
    found = await told(viewer, badge)
    assert lines(found)[1:] == ["12:00:01 started x 1s", "12:01:00 snoozed x runs again at this time"]


async def test_a_history_has_the_file_of_the_badges_folder_and_no_other(
    connection: psycopg.Connection, viewer: AsyncConnection, badge: dict[str, Any], badges_dir: Path
) -> None:
    alter(connection, RENDERED)
    confirm(connection, badge, b"%PDF-1")
    badges_dir.mkdir()
    pdf = badges_dir / f"ada-{badge['id']}.pdf"

    async def file() -> list[object]:
        looked_at = (await told(viewer, badge, badges_dir)).file
        assert looked_at
        assert looked_at.name == pdf.name
        return [looked_at.exists, looked_at.size, looked_at.changed]

    assert await file() == [False, None, None]
    pdf.write_bytes(b"%PDF-1")
    assert await file() == [True, 6, False]
    pdf.write_bytes(b"%PDF-12")
    assert await file() == [True, 7, True]
    pdf.unlink()
    pdf.symlink_to("/etc/passwd")
    assert await file() == [False, None, None]


SEARCHES = {
    "ada L": ["Ada Lovelace"],
    "LOVELACE": ["Ada Lovelace"],
    "łódź": ["Łódź Żak"],
    "  żak ": ["Łódź Żak"],
    "lodz zak": ["Łódź Żak"],
    "łodz": ["Łódź Żak"],
    "Ló": ["Łódź Żak"],
    "a": ["100% Ada_", "Ada Lovelace", "Łódź Żak"],
    "%": ["100% Ada_"],
    "a_": ["100% Ada_"],
    "\\": [],
    "'; --": [],
    "": [],
    "\0": [],
    "0123abcd": ["Ada Lovelace"],
    "0123ABCD-0000-4000": ["Ada Lovelace"],
    "0123abc": [],
    "0123abcd-0000-4000-8000-000000000000": ["Ada Lovelace"],
    "0123abcd-0000-4000-8000-000000000001": [],
}


async def test_badges_are_found_by_id_and_by_part_of_their_name(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    first = badge_args(id="0123abcd-0000-4000-8000-000000000000")
    enqueue(connection, first, badge_args(name="Łódź Żak"), badge_args(name="100% Ada_"))
    enqueue(connection, first, **PRINT)
    alter(connection, "state = 'completed'")
    enqueue(connection, {"id": 7, "name": ["Ada"]}, {"name": "Ada"}, queue="other", worker="Other")
    found = {text: await find(viewer, text) for text in SEARCHES}
    names = {text: sorted(str(badge.name) for badge in badges) for text, badges in found.items()}
    assert names == SEARCHES
    assert [badge.state for badge in found["a"]] == ["rendered", "waiting", "waiting"]


async def test_a_badge_is_found_once_and_no_more_badges_than_asked_for(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    again = badge_args()
    enqueue(connection, again, *[badge_args() for _ in range(5)], again)
    assert [badge.id for badge in await find(viewer, "ada", limit=1)] == [again["id"]]
    assert len(await find(viewer, "ada")) == 6


async def test_a_print_whose_badge_job_was_pruned_has_a_history(
    connection: psycopg.Connection, viewer: AsyncConnection, badge: dict[str, Any]
) -> None:
    confirm(connection, badge)
    connection.execute("DELETE FROM oban_jobs WHERE id = 1")
    (found,) = await find(viewer, "ada")
    assert (found.id, found.type, found.state) == (badge["id"], None, "rendered")
    assert [event.what for event in (await told(viewer, badge)).events] == ["confirmed"]


async def test_what_a_row_contains_does_not_break_its_history(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    args = badge_args(name="\x1b[2J" + "x" * 10_000, type={"a": [1]}, title=None, path=7)
    errors = [{"attempt": "x", "at": [1], "error": {"a": "b" * 9_000}}, {}, {"error": "\n"}]
    enqueue(connection, *[args] * 30, errors=[Jsonb(each) for each in errors * 30], state="completed")
    found = await told(viewer, args)
    assert len(found.jobs) == 20
    assert len(found.model_dump_json()) < 2_000_000
    assert len(await find(viewer, args["id"])) == 1
    assert await history(viewer, "x") is None
    assert await history(viewer, badge_args()["id"]) is None
