"""The wall shows badges as they are stored, in all states, and finds them."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb

from badge_forge.wall.pictures import NICENESS
from browser.desk import JOBS, Desk
from browser.page import badges, choice, has_picture, labels, names
from browser.walls import Wall
from helpers import badge_args, enqueue, eventually, running, states, unhurried_clock

OpenPage = Callable[..., Page]


def shown(page: Page, *expected: str) -> None:
    """Wait until the wall shows these names only, in any order."""
    eventually(lambda: sorted(names(page)) == sorted(expected))


def says(page: Page, label: str) -> None:
    """Wait until a screen reader finds one badge, with this label."""
    eventually(lambda: labels(page) == [label])


def test_a_badge_appears_as_a_picture_within_a_second_of_being_stored(
    wall: Wall,
    open_page: OpenPage,
    worker_url: str,
    badges_dir: Path,
    connection: psycopg.Connection,
    tmp_path: Path,
) -> None:
    page = open_page(wall.url)
    environment = {"DATABASE_URL": worker_url, "BADGES_DIR": str(badges_dir), "RENDERERS": "1"}
    with running("worker", log=tmp_path / "worker.log", **environment):
        # The clock needs a core, so it does not run while the worker starts.
        enqueue(connection, badge_args(name="Mary Somerville"))
        eventually(lambda: has_picture(page, "Mary Somerville"))
        for name in ("Ada Lovelace", "Grace Hopper", "Alan Turing"):
            args = badge_args(name=name)
            enqueue(connection, args)

            def stored(badge_id: str = args["id"]) -> bool:
                return any(badges_dir.glob(f"*{badge_id}.pdf"))

            def appeared(name: str = name) -> bool:
                return has_picture(page, name)

            with unhurried_clock(NICENESS) as clock:
                eventually(stored)
                eventually(appeared, within_s=1, clock=clock)


def test_each_state_is_said_in_a_word(shared_wall: Wall, shared_desk: Desk, open_page: OpenPage) -> None:
    for state in JOBS:
        shared_desk.add(state, name=f"Ada {state}", type="sponsor")
    page = open_page(shared_wall.url)
    for state in JOBS:
        choice(page, "State").select_option(value=state)
        says(page, f"Ada {state}, sponsor, {state}")


def test_filters_and_search_narrow_the_wall(
    shared_wall: Wall, shared_desk: Desk, open_page: OpenPage
) -> None:
    shared_desk.add(name="Ada Lovelace", type="speaker", design="conf-4x6")
    shared_desk.add(name="Grace Hopper", type="sponsor", design="a6", meta=Jsonb({"batch_id": "navy"}))
    shared_desk.add(name="Alan Turing", type="attendee", design="a6")
    page = open_page(shared_wall.url)
    shown(page, "Ada Lovelace", "Grace Hopper", "Alan Turing")
    choice(page, "Type").select_option(value="speaker")
    shown(page, "Ada Lovelace")
    choice(page, "Type").select_option(index=0)
    choice(page, "Design").select_option(value="a6")
    shown(page, "Grace Hopper", "Alan Turing")
    choice(page, "Batch").select_option(value="navy")
    shown(page, "Grace Hopper")
    choice(page, "Batch").select_option(index=0)
    page.get_by_role("searchbox", name="Search by name").fill("TURING")
    shown(page, "Alan Turing")
    page.get_by_role("searchbox", name="Search by name").fill("no such name")
    shown(page)


def test_a_filter_also_holds_for_badges_that_arrive(
    shared_wall: Wall, shared_desk: Desk, open_page: OpenPage
) -> None:
    shared_desk.add(name="Ada Lovelace", type="speaker")
    page = open_page(shared_wall.url)
    shown(page, "Ada Lovelace")
    choice(page, "Type").select_option(value="speaker")
    shared_desk.add(name="Alan Turing", type="attendee")
    shared_desk.add(name="Grace Hopper", type="speaker")
    shown(page, "Ada Lovelace", "Grace Hopper")


def test_the_newest_badge_is_first(shared_wall: Wall, shared_desk: Desk, open_page: OpenPage) -> None:
    shared_desk.add(name="Ada Lovelace")
    page = open_page(shared_wall.url)
    shown(page, "Ada Lovelace")
    shared_desk.add(name="Grace Hopper")
    eventually(lambda: names(page) == ["Grace Hopper", "Ada Lovelace"])
    page.reload()
    eventually(lambda: names(page) == ["Grace Hopper", "Ada Lovelace"])


def test_figures_are_counted(shared_wall: Wall, shared_desk: Desk, open_page: OpenPage) -> None:
    for _ in range(3):
        shared_desk.add("printed")
    page = open_page(shared_wall.url)
    expect(page.locator("#printed-count")).to_have_text("3")
    shared_desk.add("printed")
    expect(page.locator("#printed-count")).to_have_text("4")


def test_a_badge_opens_its_history_and_its_pdf(
    shared_wall: Wall, shared_desk: Desk, open_page: OpenPage, shared_folder: Path
) -> None:
    args = shared_desk.add("printed", name="Ada Lovelace", company="Analytical")
    page = open_page(shared_wall.url)
    badges(page).click()
    dialog = page.get_by_role("dialog", name="Ada Lovelace")
    for event in ("enqueued", "rendered", "printed"):
        expect(dialog.get_by_role("listitem").filter(has_text=event).first).to_be_visible()
    expect(dialog).to_contain_text("Analytical")
    expect(dialog).to_contain_text("press")  # the node that rendered it
    link = dialog.get_by_role("link", name="PDF")
    pdf = page.request.get(f"{shared_wall.url}{link.get_attribute('href')}")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"].startswith("inline")
    assert pdf.body() == next((shared_folder / "badges").glob(f"*{args['id']}.pdf")).read_bytes()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_failed_badge_says_why_and_what_to_do(
    shared_wall: Wall, shared_desk: Desk, open_page: OpenPage
) -> None:
    reason = "InputError: name: no font on this machine draws U+10330"
    shared_desk.add(
        "failed", errors=[Jsonb({"at": "2026-11-29T05:00:00Z", "attempt": 1, "error": reason})]
    )
    page = open_page(shared_wall.url)
    choice(page, "State").select_option(value="failed")
    badges(page).click()
    dialog = page.get_by_role("dialog", name="Ada Lovelace")
    expect(dialog).to_contain_text("no font on this machine draws U+10330")
    expect(dialog).to_contain_text("bin/badge-forge")


def test_an_empty_wall_says_how_to_make_badges(shared_wall: Wall, open_page: OpenPage) -> None:
    page = open_page(shared_wall.url)
    expect(page.get_by_role("main")).to_contain_text("make demo")


@pytest.mark.parametrize("wall_options", [["--allow-actions"]])
def test_actions_need_the_token_that_the_wall_printed(
    wall: Wall, desk: Desk, open_page: OpenPage, connection: psycopg.Connection
) -> None:
    desk.add("printed", name="Ada Lovelace")
    desk.add("failed", name="Grace Hopper")
    page = open_page(wall.url)
    badges(page).first.click()
    expect(page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)

    page = open_page(wall.url_with_token)
    page.on("dialog", lambda asked: asked.accept("the printer jammed"))
    badges(page).filter(has_text="Grace Hopper").click()
    page.get_by_role("button", name="Retry").click()
    eventually(lambda: states(connection).get("available") == 1)
    page.keyboard.press("Escape")
    badges(page).filter(has_text="Ada Lovelace").click()
    page.get_by_role("button", name="Print again").click()
    eventually(lambda: states(connection, "printing") == {"completed": 1, "available": 1})
    assert "token" not in page.url


@pytest.mark.parametrize("wall_options", [["--allow-actions"]])
def test_a_badge_is_printed_again_with_a_reason_and_what_is_unknown_is_settled(
    wall: Wall, desk: Desk, open_page: OpenPage, connection: psycopg.Connection
) -> None:
    desk.add("printed", name="Ada Lovelace")
    page = open_page(wall.url_with_token)
    answers = iter(["", "the paper jammed"])
    page.on("dialog", lambda asked: asked.accept(next(answers, "")))
    badges(page).click()
    dialog = page.get_by_role("dialog", name="Ada Lovelace")
    again = page.get_by_role("button", name="Print again")
    again.click()  # without a reason, nothing happens
    again.click()
    expect(dialog).to_contain_text("The badge is printed again, reprint 1.")
    expect(dialog.get_by_role("listitem").filter(has_text="Asked for again")).to_contain_text(
        "reprint 1: the paper jammed"
    )
    expect(dialog).to_contain_text("asked for again once")
    connection.execute(
        "UPDATE oban_jobs SET state = 'cancelled', cancelled_at = timezone('UTC', now()), attempt = 1,"
        " errors = errors || %s WHERE queue = 'printing' AND state = 'available'",
        [Jsonb({"at": "2026-11-29T05:00:00Z", "attempt": 1, "error": "unknown: check the tray: x"})],
    )
    page.get_by_role("button", name="It is printed").click()
    expect(dialog).to_contain_text("The badge counts as printed.")
    eventually(lambda: states(connection, "printing") == {"completed": 2})
