"""A lost database, worker, print center or wall is said in words, and the page recovers by itself."""

from collections.abc import Callable
from pathlib import Path

import psycopg
from playwright.sync_api import Page, expect

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import prepare_roles
from browser.desk import Desk
from browser.page import alert, names
from browser.walls import Wall, serving
from helpers import eventually, running

OpenPage = Callable[..., Page]

LOST = ("Failed to load resource", "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING")
"""What a browser logs when requests fail, as they should here."""


def test_a_database_that_stops_is_said_and_its_return_too(
    own_server: EmbeddedDatabase, badges_dir: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    migrate(own_server.url)
    prepare_roles(own_server.url)
    with psycopg.connect(own_server.url, autocommit=True) as connection:
        Desk(connection, badges_dir).add(name="Ada Lovelace")
    with serving(own_server.url, badges_dir, tmp_path) as wall:
        page = open_page(wall.url, expected=LOST)
        eventually(lambda: names(page) == ["Ada Lovelace"])
        own_server.stop()
        expect(alert(page)).to_contain_text("does not answer")
        assert names(page) == ["Ada Lovelace"]
        own_server.start()
        expect(alert(page)).not_to_contain_text("does not answer")
        with psycopg.connect(own_server.url, autocommit=True) as connection:
            Desk(connection, badges_dir).add(name="Grace Hopper")
        eventually(lambda: names(page) == ["Grace Hopper", "Ada Lovelace"])


def test_a_worker_that_is_killed_is_said_in_words_and_one_that_starts_ends_it(
    wall: Wall,
    open_page: OpenPage,
    worker_url: str,
    badges_dir: Path,
    tmp_path: Path,
) -> None:
    page = open_page(wall.url)
    environment = {"DATABASE_URL": worker_url, "BADGES_DIR": str(badges_dir), "RENDERERS": "1"}
    expect(alert(page)).to_contain_text("No worker is running. Start one with make worker")
    with running("worker", log=tmp_path / "worker.log", **environment) as worker:
        expect(alert(page)).not_to_contain_text("worker")
        worker.kill()
        expect(alert(page)).to_contain_text("does not report any more: it hangs or was killed")
        expect(alert(page)).to_contain_text("No worker is running")
    with running("worker", log=tmp_path / "worker.log", **environment):
        expect(alert(page)).not_to_contain_text("No worker is running")


def test_a_missing_print_center_is_said_with_the_command_that_starts_one(
    shared_wall: Wall, open_page: OpenPage
) -> None:
    page = open_page(shared_wall.url)
    expect(alert(page)).to_contain_text("No print center is running. Start one with make iex")


def test_a_wall_that_is_restarted_shows_what_was_missed(
    database_url: str, badges_dir: Path, tmp_path: Path, desk: Desk, open_page: OpenPage
) -> None:
    desk.add(name="Ada Lovelace")
    with serving(database_url, badges_dir, tmp_path) as wall:
        page = open_page(wall.url, expected=LOST)
        eventually(lambda: names(page) == ["Ada Lovelace"])
        wall.process.kill()
        wall.process.wait()
        expect(alert(page)).to_contain_text("wall server does not answer")
    desk.add(name="Grace Hopper")
    with serving(database_url, badges_dir, tmp_path, port=wall.port):
        eventually(lambda: names(page) == ["Grace Hopper", "Ada Lovelace"])


def test_a_list_that_could_not_be_read_is_read_again(
    shared_wall: Wall, shared_desk: Desk, open_page: OpenPage
) -> None:
    shared_desk.add(name="Ada Lovelace")

    def refuse_once(page: Page) -> None:
        page.route("**/api/badges?*", lambda route: route.fulfill(status=503), times=1)

    page = open_page(shared_wall.url, expected=LOST, before=refuse_once)
    eventually(lambda: names(page) == ["Ada Lovelace"])
