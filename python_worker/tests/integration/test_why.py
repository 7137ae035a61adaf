"""`badge-forge why`: the history of one badge in plain words, on one screen."""

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from helpers import badge_args, call, enqueue, run

DAY = "2026-11-24"


def done(started: str, ended: str, node: str, enqueued: str = "12:00:00") -> dict[str, Any]:
    """Return the columns of a job that completed in its first attempt."""
    return {
        "state": "completed",
        "attempt": 1,
        "attempted_by": [node],
        "inserted_at": f"{DAY} {enqueued}",
        "scheduled_at": f"{DAY} {enqueued}",
        "attempted_at": f"{DAY} {started}",
        "completed_at": f"{DAY} {ended}",
    }


@pytest.fixture
def printed(connection: psycopg.Connection, badges_dir: Path) -> dict[str, Any]:
    """A badge that was rendered and printed."""
    args = badge_args()
    badges_dir.mkdir()
    path = badges_dir / f"ada-lovelace-{args['id']}.pdf"
    path.write_bytes(b"%PDF-")
    enqueue(connection, args, **done("12:00:02", "12:00:02.25", "forge-1"))
    printing = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}
    print_args = {"id": args["id"], "name": args["name"], "file": path.name, "sha256": "0" * 64}
    enqueue(connection, print_args, **done("12:00:03", "12:00:05", "press-1", "12:00:02.25"), **printing)
    return args


def test_a_printed_badge_is_told_in_local_times(
    printed: dict[str, Any], database_url: str, badges_dir: Path
) -> None:
    environment = {"DATABASE_URL": database_url, "BADGES_DIR": str(badges_dir)}
    result = run("why", "lovelace", TZ="Europe/Berlin", **environment)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Ada Lovelace · speaker · Analytical",
        "",
        "2026-11-24",
        "13:00:00  enqueued  job 1, priority 0",
        "13:00:02  rendering began  on forge-1, after waiting 2 s",
        "13:00:02  rendered  by forge-1, in 0.25 s",
        "13:00:02  sent to print  job 2, priority 0",
        "13:00:03  printing began  on press-1, after waiting 0.75 s",
        "13:00:05  printed  by press-1, in 2 s",
        "",
        "State:  printed",
        f"File:   ada-lovelace-{printed['id']}.pdf, 5 bytes, changed since it was confirmed",
        f"Badge:  {printed['id']}",
        "Times:  CET, UTC+01:00",
    ]


def test_a_badge_is_told_as_json(printed: dict[str, Any], database_url: str) -> None:
    result = call("why", printed["id"][:8], "--json", DATABASE_URL=database_url)
    told = json.loads(result.stdout)
    assert (told["state"], told["name"], told["failure"]) == ("printed", "Ada Lovelace", None)
    assert told["events"][-1]["what"] == "printed"


def test_a_failed_badge_is_told_with_the_command_that_fixes_it(
    connection: psycopg.Connection, database_url: str
) -> None:
    errors = [
        Jsonb({"attempt": number, "at": f"{DAY}T12:0{number}:00Z", "error": "Traceback\ncannot write x"})
        for number in (1, 2, 3)
    ]
    enqueue(connection, badge_args(), state="discarded", attempt=3, max_attempts=3, errors=errors)
    shown = call("why", "ada", DATABASE_URL=database_url).stdout
    assert "12:02:00  rendering failed, 2 times  attempt 2, cannot write x\n" in shown
    assert "given up" in shown
    assert "State:  failed\nWhy:    a PDF cannot be stored\nFix:    Check BADGES_DIR" in shown
    assert "\n        bin/badge-forge retry 1\n" in shown


@pytest.mark.parametrize(
    ("meta", "reason", "command"),
    [
        (None, "no worker is running", "make worker"),
        ({"paused": True}, "the queue badges is paused", "bin/badge-forge resume badges"),
        ({"paused": False}, None, None),
    ],
)
def test_a_waiting_badge_is_told_with_what_it_waits_for(
    meta: dict[str, bool] | None,
    reason: str | None,
    command: str | None,
    connection: psycopg.Connection,
    database_url: str,
) -> None:
    enqueue(connection, badge_args())
    if meta is not None:
        connection.execute(
            "INSERT INTO oban_producers (uuid, node, queue, meta, updated_at)"
            " VALUES (gen_random_uuid(), 'forge-1', 'badges', %s, now() + interval '1 day')",
            [Jsonb(meta)],
        )
    shown = call("why", "ada", DATABASE_URL=database_url).stdout
    assert "State:  waiting to be rendered\n" in shown
    assert (f"Why:    {reason}\nFix:    {command}\n" in shown) == (reason is not None)
    assert ("Why:" in shown) == (reason is not None)


def test_several_matches_are_a_list_to_choose_from(
    connection: psycopg.Connection, database_url: str
) -> None:
    first, second = badge_args(company="Engines"), badge_args(name="Adaeze")
    enqueue(connection, first, second)
    result = call("why", "ada", DATABASE_URL=database_url)
    assert result.returncode == 1
    assert result.stderr == (
        'badge-forge: "ada" matches 2 badges: run `bin/badge-forge why ID` for one\n'
    )
    lines = result.stdout.splitlines()
    assert [line.split("  ")[:4] for line in lines] == [
        [second["id"][:8], "Adaeze", "Analytical", "waiting"],
        [first["id"][:8], "Ada Lovelace", "Engines", "waiting"],
    ]
    for line in lines:
        assert call("why", line.split()[0], DATABASE_URL=database_url).returncode == 0
    found = json.loads(call("why", "ada", "--json", DATABASE_URL=database_url).stdout)
    assert [badge["id"] for badge in found] == [second["id"], first["id"]]


def test_ids_that_begin_alike_are_listed_whole(
    connection: psycopg.Connection, database_url: str
) -> None:
    ids = [f"0123abcd-0000-4000-8000-00000000000{number}" for number in (1, 2)]
    enqueue(connection, *[badge_args(id=each) for each in ids])
    shown = call("why", "0123abcd", DATABASE_URL=database_url).stdout
    assert [line.split()[0] for line in shown.splitlines()] == ids[::-1]


def test_no_match_is_reported_on_one_line(database_url: str) -> None:
    result = call("why", "\x1b[2Jada", DATABASE_URL=database_url)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith('badge-forge: no badge has "\\u001b[2Jada" in its name')
    assert len(result.stderr.splitlines()) == 1


def test_what_is_told_fits_one_screen_and_cannot_control_the_terminal(
    connection: psycopg.Connection, database_url: str
) -> None:
    nasty = "\x1b]0;owned\x07\x9b2J\u202eada\r\n"
    errors = [
        Jsonb({"attempt": number, "at": f"{DAY}T12:00:{number:02}Z", "error": f"x\n{nasty} {number}"})
        for number in range(60)
    ]
    args = badge_args(name=nasty, company=nasty, type=nasty, design=nasty)
    meta = Jsonb({"batch_id": nasty})
    tried = {"attempted_by": [nasty], "attempted_at": f"{DAY} 11:00:00"}
    enqueue(connection, args, errors=errors, state="discarded", meta=meta, **tried)
    terminal = {"FORCE_COLOR": "1", "COLUMNS": "80", "TERM": "xterm"}
    for shown in (
        call("why", args["id"], DATABASE_URL=database_url).stdout,
        call("why", args["id"], DATABASE_URL=database_url, **terminal).stdout,
        call("why", args["id"], "--json", DATABASE_URL=database_url).stdout,
        call("why", "ada", DATABASE_URL=database_url, **terminal).stdout,
    ):
        assert not set("\x07\x9b\u202e\r") & set(shown)
        assert "\x1b]" not in shown
        assert "\x1b[2J" not in shown
    plain = call("why", args["id"], DATABASE_URL=database_url).stdout
    assert "\x1b" not in plain
    assert len(plain.splitlines()) > 50
    screen = call("why", args["id"], DATABASE_URL=database_url, LINES="24", **terminal).stdout
    assert len(screen.splitlines()) <= 24
    assert re.search("… +44 events +--json shows all", screen)
