"""The wall works with a keyboard and a screen reader, without motion, on every size of screen."""

from collections.abc import Callable, Iterator
from typing import Literal

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from badge_forge.settings import VAR
from browser.desk import JOBS, Desk
from browser.page import badges, choice, labels, names
from browser.walls import Wall, serving
from helpers import eventually

OpenPage = Callable[..., Page]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

SCREENS = {"phone": (390, 844), "laptop": (1440, 900), "4k": (3840, 2160)}

PEOPLE = [
    "Ada Lovelace",
    "Grace Brewster Murray Hopper",
    "محمد بن موسى الخوارزمي",
    "李小龍",
    "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff Sr.",
    "Zoë 🎉 Müller",
]


@pytest.fixture(scope="module")
def crowded_wall(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    """A wall with badges in all states, of all types, with long names and other scripts."""
    folder = tmp_path_factory.mktemp("crowd")
    with psycopg.connect(shared_database_url, autocommit=True) as connection:
        desk = Desk(connection, folder / "badges")
        for state in JOBS:
            for name, kind in zip(
                PEOPLE, ["attendee", "speaker", "sponsor", "organizer"] * 2, strict=False
            ):
                desk.add(state, name=name, type=kind, company="Analytical Engines Ltd.")
    with serving(shared_database_url, desk.badges_dir, folder) as wall:
        yield wall


def ready(page: Page) -> None:
    """Wait until the badges in sight are shown with their pictures, and nothing moves."""
    eventually(lambda: names(page))
    expect(page.locator("#badges img[data-url]:not(.loaded)")).to_have_count(0)
    eventually(lambda: page.evaluate("document.getAnimations().length === 0"))


def accessibility_problems(page: Page) -> list[str]:
    """Return what axe-core reports."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_reports_nothing(scheme: str, crowded_wall: Wall, open_page: OpenPage) -> None:
    page = open_page(crowded_wall.url, color_scheme=scheme)
    ready(page)
    assert accessibility_problems(page) == []
    badges(page).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()
    assert accessibility_problems(page) == []


def test_everything_works_with_the_keyboard(crowded_wall: Wall, open_page: OpenPage) -> None:
    page = open_page(crowded_wall.url)
    ready(page)
    focused = "document.activeElement.getAttribute('aria-label') || document.activeElement.id"
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search by name")).to_be_focused()
    page.keyboard.type("Grace")
    eventually(lambda: set(names(page)) == {"Grace Brewster Murray Hopper"})
    first = labels(page)[0]

    def tabbed_to(label: str) -> bool:
        page.keyboard.press("Tab")
        return str(page.evaluate(focused)) == label

    assert any(tabbed_to(first) for _ in range(20))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Grace Brewster Murray Hopper")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate(focused) == first


def test_a_screen_reader_hears_of_the_connection(wall: Wall, open_page: OpenPage) -> None:
    page = open_page(wall.url)
    status = page.locator("#status")
    assert status.get_attribute("aria-live") == "polite"
    eventually(lambda: (status.text_content() or "").strip())


def test_nothing_moves_with_reduced_motion(wall: Wall, desk: Desk, open_page: OpenPage) -> None:
    desk.add(name="Ada Lovelace")
    page = open_page(wall.url, reduced_motion="reduce")
    eventually(lambda: names(page) == ["Ada Lovelace"])
    page.evaluate(
        "window.motions = 0;"
        "for (const kind of ['animationstart', 'transitionrun'])"
        " document.addEventListener(kind, () => window.motions++)"
    )
    desk.add(name="Grace Hopper")
    eventually(lambda: names(page) == ["Grace Hopper", "Ada Lovelace"])
    badges(page).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("window.motions") == 0


@pytest.mark.parametrize("screen", SCREENS)
def test_the_wall_fits_every_screen(screen: str, crowded_wall: Wall, open_page: OpenPage) -> None:
    width, height = SCREENS[screen]
    page = open_page(
        crowded_wall.url, viewport={"width": width, "height": height}, device_scale_factor=1
    )
    ready(page)
    take_screenshots(page, screen)
    choice(page, "State").select_option(value="printed")
    eventually(lambda: all(label.endswith("printed") for label in labels(page)))
    badges(page).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem").filter(has_text="Printed")).to_be_visible()
    ready(page)
    take_screenshots(page, f"{screen}-dialog")
    box = dialog.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def take_screenshots(page: Page, name: str) -> None:
    """Write a picture of the page in each colour scheme, for a person to look at. It must fit."""
    folder = VAR / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.screenshot(path=folder / f"{name}-{scheme}.png")
