"""The terminal view: on a screen without a terminal, in a real terminal, and as plain text."""

import asyncio
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pypdfium2
import pytest
from psycopg.types.json import Jsonb
from textual.pilot import Pilot
from textual_image.widget import Image

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.watch.app import WatchApp
from badge_forge.watch.pane import Pane
from badge_forge.watch.source import Source
from helpers import HANG_S, POLL_S, badge_args, call, command, enqueue, eventually, running

SIZES = [(80, 24), (200, 50)]
FAILED = "path: no such file, got: /b/ada.pdf"


@pytest.fixture
def source(database_url: str) -> Source:
    return Source(role_url(database_url, Role.DASH))


def finish(connection: psycopg.Connection, **changes: object) -> int:
    (job_id,) = enqueue(connection, badge_args(**changes), attempt=1)
    connection.execute(
        "UPDATE oban_jobs SET state = 'completed', completed_at = timezone('UTC', now()),"
        " attempted_at = timezone('UTC', now()) - interval '340 ms' WHERE id = %s",
        [job_id],
    )
    return job_id


def fail(connection: psycopg.Connection, error: str, queue: str = "printing") -> int:
    (job_id,) = enqueue(connection, badge_args(), queue=queue, attempt=1)
    connection.execute(
        "UPDATE oban_jobs SET state = 'cancelled', cancelled_at = timezone('UTC', now()),"
        " errors = ARRAY[%s] WHERE id = %s",
        [Jsonb({"attempt": 1, "error": error}), job_id],
    )
    return job_id


def finish_with_pdf(connection: psycopg.Connection, badges_dir: Path) -> None:
    badge_id = str(uuid4())
    finish(connection, id=badge_id, name="Ada Lovelace")
    badges_dir.mkdir()
    document = pypdfium2.PdfDocument.new()
    document.new_page(300, 450)
    document.save(badges_dir / f"ada-lovelace-{badge_id}.pdf")


def text(pilot: Pilot[None], pane: str) -> str:
    return pilot.app.screen.query_one(f"#{pane}", Pane).text


async def until(pilot: Pilot[None], pane: str, *words: str, without: str | None = None) -> str:
    """Wait until a pane has all the `words`, and return its text."""
    async with asyncio.timeout(HANG_S):
        while True:
            found = text(pilot, pane)
            if all(word in found for word in words) and (without is None or without not in found):
                return found
            await pilot.pause(POLL_S)


def alert(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#alert").render())


@pytest.mark.parametrize("size", SIZES)
async def test_queues_badges_failures_and_applications_are_on_one_screen(
    size: tuple[int, int], source: Source, connection: psycopg.Connection
) -> None:
    finish(connection, name="Ada Lovelace")
    enqueue(connection, badge_args(), badge_args())
    job_id = fail(connection, FAILED)
    connection.execute(
        "INSERT INTO oban_producers (uuid, node, queue, meta, updated_at) VALUES"
        " (gen_random_uuid(), 'host.1', 'badges', '{\"local_limit\": 4}', timezone('UTC', now()))"
    )
    async with WatchApp(source).run_test(size=size) as pilot:
        assert re.search(r"badges +2 +", await until(pilot, "queues", "badges"))
        await until(pilot, "latest", "Ada Lovelace", "speaker", "340 ms")
        await until(pilot, "failures", "the PDF is missing", f"bin/badge-forge retry {job_id}")
        await until(pilot, "nodes", "worker  host.1  0 of 4 jobs", "No print center is running")
        regions = {pane.id: pane.region for pane in pilot.app.screen.query(Pane)}
        assert (regions["failures"].x > regions["latest"].x) == (size == (200, 50))
        assert all(pane.size.height >= 1 for pane in pilot.app.screen.query(Pane))
        assert max(region.bottom for region in regions.values()) < size[1]


async def test_a_badge_appears_as_soon_as_it_is_finished(
    source: Source, connection: psycopg.Connection
) -> None:
    async with WatchApp(source).run_test() as pilot:
        await until(pilot, "latest", "No badge yet")
        finish(connection, name="Grace Hopper")
        await until(pilot, "latest", "Grace Hopper")


async def test_a_filter_chooses_badges_while_it_is_typed_and_esc_ends_it(
    source: Source, connection: psycopg.Connection
) -> None:
    finish(connection, name="Ada Lovelace")
    finish(connection, name="Grace Hopper", type="sponsor")
    async with WatchApp(source).run_test() as pilot:
        await until(pilot, "latest", "Ada", "Grace")
        await pilot.press("slash", *"type:sponsor")
        await until(pilot, "latest", "Grace", without="Ada")
        await pilot.press("enter")
        title = str(pilot.app.query_one("#latest", Pane).border_title)
        assert title == "Latest badges with 'type:sponsor': 1 of the latest 2"
        await pilot.press("escape")
        await until(pilot, "latest", "Ada", "Grace")


async def test_the_reason_of_a_selected_failure_is_shown_also_enlarged(
    source: Source, connection: psycopg.Connection
) -> None:
    for number in range(5):
        fail(connection, f"printer {'abcde'[number]} is out of paper")
    async with WatchApp(source).run_test(size=(80, 24)) as pilot:
        await until(pilot, "failures", "more causes")
        pilot.app.query_one("#failures").focus()
        await pilot.press("down")
        await until(pilot, "failures", "› ", "Fix the cause, then retry")
        await pilot.press("enter")
        await until(pilot, "failures", *[f"printer {letter}" for letter in "abcde"])
        assert not pilot.app.query_one("#latest").is_on_screen
        await pilot.press("enter")
        await until(pilot, "failures", "more causes")


async def test_space_pauses_the_view(source: Source, connection: psycopg.Connection) -> None:
    async with WatchApp(source).run_test() as pilot:
        await until(pilot, "latest", "No badge yet")
        await pilot.press("space")
        assert "PAUSED" in str(pilot.app.screen.query_one("#header").render())
        finish(connection)
        await pilot.pause(2)  # several refreshes
        assert "No badge yet" in text(pilot, "latest")
        await pilot.press("space")
        await until(pilot, "latest", "Ada Lovelace")


async def test_no_key_changes_a_job(source: Source, connection: psycopg.Connection) -> None:
    finish(connection)
    fail(connection, FAILED)
    before = connection.execute("SELECT * FROM oban_jobs ORDER BY id").fetchall()
    app = WatchApp(source)
    async with app.run_test() as pilot:
        await until(pilot, "latest", "Ada Lovelace")
        for key in (*"abcdefghijklmnoprstuvwxyzR", "delete", "enter", "tab", "down", "slash", "escape"):
            await pilot.press(key)
    assert connection.execute("SELECT * FROM oban_jobs ORDER BY id").fetchall() == before


async def test_the_owner_of_a_table_cannot_write_through_a_view(database_url: str) -> None:
    source = Source(database_url)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await source._take(connection)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await connection.execute("DELETE FROM oban_jobs")


async def test_an_outage_is_shown_in_words_keys_work_and_the_view_recovers(
    own_server: EmbeddedDatabase,
) -> None:
    migrate(own_server.url)
    prepare_roles(own_server.url)
    async with WatchApp(Source(role_url(own_server.url, Role.DASH))).run_test() as pilot:
        await until(pilot, "queues", "badges")
        await asyncio.to_thread(own_server.stop)
        async with asyncio.timeout(HANG_S):
            while "does not answer" not in alert(pilot):
                await pilot.pause(POLL_S)
        await pilot.press("slash", *"queue:printing")
        await until(pilot, "queues", "printing", without="badges")
        await asyncio.to_thread(own_server.start)
        async with asyncio.timeout(HANG_S):
            while alert(pilot):
                await pilot.pause(POLL_S)


async def test_a_table_that_disappears_is_an_outage(
    database_url: str, connection: psycopg.Connection
) -> None:
    async with WatchApp(Source(database_url)).run_test() as pilot:
        await until(pilot, "queues", "badges")
        connection.execute("ALTER TABLE oban_jobs RENAME TO elsewhere")
        async with asyncio.timeout(HANG_S):
            while "cannot read oban_jobs" not in alert(pilot):
                await pilot.pause(POLL_S)
        connection.execute("ALTER TABLE elsewhere RENAME TO oban_jobs")
        async with asyncio.timeout(HANG_S):
            while alert(pilot):
                await pilot.pause(POLL_S)


@pytest.mark.parametrize("size", SIZES)
async def test_markup_and_control_characters_are_shown_as_they_are(
    size: tuple[int, int], source: Source, connection: psycopg.Connection
) -> None:
    finish(connection, name="[red]Bobby[/red]\x1b[2J\u202e" + "a" * 10_000, type="[/]")
    fail(connection, "[bold]oops[/]\x1b]0;x\x07" + "日" * 1_000)
    async with WatchApp(source).run_test(size=size) as pilot:
        for pane, words in (
            ("latest", "[red]Bobby[/red]\\u001b[2J"),
            ("failures", "[bold]oops[/]\\u001b"),
        ):
            found = await until(pilot, pane, words)
            assert all(line.isprintable() for line in found.splitlines())
        shown = pilot.app.export_screenshot()
        assert "Bobby" in shown
        assert "\x1b" not in shown


async def test_a_badge_has_its_picture_where_it_fits(
    source: Source, connection: psycopg.Connection, badges_dir: Path
) -> None:
    finish_with_pdf(connection, badges_dir)
    async with WatchApp(source, badges_dir).run_test(size=(200, 50)) as pilot:
        async with asyncio.timeout(HANG_S):
            while pilot.app.query_one("#picture Image", Image).image is None:
                await pilot.pause(POLL_S)
        await pilot.resize_terminal(80, 20)
        async with asyncio.timeout(HANG_S):
            while pilot.app.query_one("#picture").display:
                await pilot.pause(POLL_S)


async def test_a_terminal_that_is_too_small_is_told_so(source: Source) -> None:
    async with WatchApp(source).run_test(size=(40, 10)) as pilot:
        message = pilot.app.screen.query_one("#small")
        assert message.is_on_screen
        assert "40 x 10" in str(message.render())
        await pilot.resize_terminal(80, 24)
        await until(pilot, "queues", "badges")
        assert not message.is_on_screen


def test_once_prints_one_screen(database_url: str, connection: psycopg.Connection) -> None:
    finish(connection, name="Ada Lovelace")
    job_id = fail(connection, FAILED)
    result = call("watch", "--once", DATABASE_URL=role_url(database_url, Role.DASH), COLUMNS="80")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert len(lines) <= 24
    assert all(len(line) <= 80 for line in lines)
    for words in ("Queues", "Ada Lovelace", f"bin/badge-forge retry {job_id}", "No worker is running"):
        assert words in result.stdout


def test_json_is_one_object_with_the_documented_fields(
    database_url: str, connection: psycopg.Connection
) -> None:
    finish(connection, name="Ada\u202e Lovelace")
    job_id = fail(connection, FAILED)
    result = call("watch", "--json", DATABASE_URL=database_url)
    assert result.returncode == 0
    shown = json.loads(result.stdout)
    assert set(shown) == {
        "taken_at",
        "queues",
        "latest",
        "failures",
        "retrying",
        "nodes",
        "paused",
        "missing",
        "note",
    }
    badges, printing, _printers = shown["queues"]
    assert badges == {
        "queue": "badges",
        "states": {"completed": 1},
        "estimated": [],
        "per_second": 0.1,
        "time_to_empty_s": 0,
    }
    assert printing["states"] == {"cancelled": 1}
    assert shown["latest"][0]["name"] == "Ada\u202e Lovelace"
    (failure,) = shown["failures"]
    assert (failure["cause"], failure["jobs"]) == ("the PDF is missing", 1)
    assert failure["command"] == f"bin/badge-forge retry {job_id}"


def test_without_a_terminal_a_line_is_printed_for_each_change_until_ctrl_c(
    database_url: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with running("watch", log=log, DATABASE_URL=database_url) as process:
        eventually(lambda: "badges: 0 waiting; printing: 0 waiting" in log.read_text())
        enqueue(connection, badge_args(), badge_args())
        eventually(lambda: "badges: 2 waiting" in log.read_text())
        process.send_signal(signal.SIGINT)
        assert process.wait(HANG_S) == 130
    *lines, last = filter(None, log.read_text().splitlines())  # after ^C, click begins a new line
    assert last == "badge-forge: interrupted"
    assert all(re.match(r"\d\d:\d\d:\d\d badges: ", line) for line in lines)
    assert len(lines) == 2


def test_any_shows_the_table_of_another_application(
    database_url: str, connection: psycopg.Connection
) -> None:
    connection.execute(
        'CREATE SCHEMA "My App"; ALTER TABLE oban_jobs SET SCHEMA "My App";'
        ' ALTER TYPE oban_job_state SET SCHEMA "My App";'
        ' DROP INDEX "My App".oban_jobs_completed_at_index'
    )
    connection.execute(
        'INSERT INTO "My App".oban_jobs (queue, worker, state, attempted_by) VALUES'
        " ('mailers', 'MyApp.Mailer', 'executing', ARRAY['web.1'])"
    )
    result = call("watch", "--prefix", "My App", "--once", DATABASE_URL=database_url, COLUMNS="120")
    assert result.returncode == 0
    assert re.search(r"mailers +0 +0 +1 ", result.stdout)
    assert "web.1" in result.stdout
    assert 'ON "My App".oban_jobs (completed_at)' in " ".join(result.stdout.split())
    assert "badge" not in result.stdout.partition("\n")[2]


@pytest.mark.parametrize("arguments", [(), ("--any",), ("--prefix", "elsewhere")])
def test_a_database_without_the_table_is_reported_on_one_line_and_not_changed(
    arguments: tuple[str, ...], empty_database_url: str
) -> None:
    result = call("watch", *arguments, "--once", DATABASE_URL=empty_database_url)
    assert (result.returncode, result.stdout) == (1, "")
    assert "has no table oban_jobs" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT FROM pg_tables WHERE schemaname = 'public'").fetchall() == []


def test_a_role_that_cannot_read_the_table_is_told_so(
    database_url: str, connection: psycopg.Connection
) -> None:
    connection.execute("REVOKE SELECT ON oban_jobs FROM badge_forge_dash")
    result = call("watch", "--once", DATABASE_URL=role_url(database_url, Role.DASH))
    assert result.returncode == 1
    assert "permission denied for table oban_jobs: use a role that may SELECT from it" in result.stderr


class Terminal:
    """A terminal of 80 x 24 cells in which `badge-forge watch` runs."""

    def __init__(self, leader: int, process: subprocess.Popen[bytes], graphics: str) -> None:
        self.process = process
        self._graphics = graphics
        self.output = b""
        self._answered = 0
        self._leader = leader

    def wait_for(self, words: bytes) -> None:
        deadline = time.monotonic() + HANG_S
        while words not in self.output:
            assert time.monotonic() < deadline, self.output[-2000:]
            self._read()

    def type(self, keys: bytes) -> None:
        os.write(self._leader, keys)

    def end(self) -> int:
        """Wait until the process has ended, and return its exit code."""
        deadline = time.monotonic() + HANG_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.output[-2000:]
            self._read()
        self._read()
        return self.process.returncode

    def attributes(self) -> list[object]:
        return termios.tcgetattr(self._leader)

    def _read(self) -> None:
        if select.select([self._leader], [], [], POLL_S)[0]:
            self.output += os.read(self._leader, 65536)
            # A query for the terminal's attributes, which can arrive in pieces, ends with this.
            while self.output.count(b"\x1b[c") > self._answered:
                self._answered += 1
                self._answer()

    def _answer(self) -> None:
        kitty = re.search(rb"\x1b_G(i=\d+),", self.output)
        if kitty and self._graphics == "kitty":
            self.type(b"\x1b_G" + kitty[1] + b";OK\x1b\\")
        self.type(b"\x1b[?62;4c" if self._graphics == "sixel" else b"\x1b[?62c")


@contextmanager
def terminal(database_url: str, graphics: str = "", **environment: str) -> Iterator[Terminal]:
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    others = ("NO_COLOR", "CI", "TMUX")  # what the terminal of the test run is
    inherited = {key: value for key, value in os.environ.items() if key not in others}
    process = subprocess.Popen(
        command("watch"),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        env=inherited | {"DATABASE_URL": database_url, "TERM": "xterm-256color"} | environment,
        # A test run in the background ignores SIGINT, which its children inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield Terminal(leader, process, graphics)
    finally:
        process.kill()
        process.wait()
        os.close(leader)
        os.close(follower)


@pytest.mark.parametrize("ending", ["q", "ctrl-c", "SIGTERM"])
def test_the_terminal_is_restored_at_the_end(ending: str, database_url: str) -> None:
    with terminal(database_url) as screen:
        before = screen.attributes()
        screen.wait_for(b"Latest badges")
        assert screen.attributes() != before
        if ending == "SIGTERM":
            screen.process.terminate()
        else:
            screen.type({"q": b"q", "ctrl-c": b"\x03"}[ending])
        assert screen.end() == 0
        assert b"\x1b[?1049l" in screen.output  # leaves the alternate screen
        assert screen.attributes() == before


@pytest.mark.parametrize(("graphics", "drawn"), [("sixel", b"\x1bP"), ("kitty", b"a=p"), ("", None)])
def test_a_small_terminal_shows_a_picture_only_in_pixels(
    graphics: str,
    drawn: bytes | None,
    database_url: str,
    connection: psycopg.Connection,
    badges_dir: Path,
) -> None:
    finish_with_pdf(connection, badges_dir)
    for number in range(3):  # so that 13 rows are left for badges
        fail(connection, f"printer {'abc'[number]} is out of paper")
    with terminal(database_url, graphics, BADGES_DIR=str(badges_dir)) as screen:
        screen.wait_for(drawn or b"Ada Lovelace")
        screen.type(b"q")
        assert screen.end() == 0
    assert (b"\x1bP" in screen.output) == (graphics == "sixel")
    assert "▀".encode() not in screen.output


def test_no_color_is_respected(database_url: str) -> None:
    with terminal(database_url, NO_COLOR="1") as screen:
        screen.wait_for(b"No worker is running")
        screen.type(b"q")
        assert screen.end() == 0
    codes = {
        code for found in re.findall(rb"\x1b\[([\d;]*)m", screen.output) for code in found.split(b";")
    }
    assert not codes & {b"31", b"32", b"33", b"36", b"38", b"41", b"48", b"91"}


def test_a_dumb_terminal_gets_plain_lines(database_url: str) -> None:
    with terminal(database_url, TERM="dumb") as screen:
        screen.wait_for(b"badges: 0 waiting")
        screen.type(b"\x03")
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 130
    assert b"\x1b" not in screen.output
