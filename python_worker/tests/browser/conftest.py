"""Fixtures of the tests of the wall in a real browser: badges in all states, the wall, and its page."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from browser.desk import Desk
from browser.walls import Wall, serving
from helpers import HANG_S

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

BUSY = "status of 503"
"""The wall's answer if its database takes longer than five seconds. The page asks again."""

WATCH_POLICY = """
window.violations = [];
document.addEventListener('securitypolicyviolation', event => window.violations.push(
    `${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@pytest.fixture(scope="session")
def executable() -> str:
    """The browser. Without one, skip the test; in CI, fail."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        message = f"no browser found ({', '.join(BROWSERS)}): run `make setup-dev`"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="module")
def browser(executable: str) -> Iterator[Browser]:
    expect.set_options(timeout=HANG_S * 1000)
    # Not for the whole session: asyncio tests cannot run while Playwright's synchronous API does.
    with sync_playwright() as playwright:
        # Chromium's sandbox does not work under root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def wall_options() -> list[str]:
    """Options of `badge-forge wall`. Tests override it."""
    return []


@pytest.fixture
def wall(database_url: str, badges_dir: Path, tmp_path: Path, wall_options: list[str]) -> Iterator[Wall]:
    with serving(database_url, badges_dir, tmp_path, *wall_options) as wall:
        yield wall


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wall")


@pytest.fixture(scope="module")
def running_wall(shared_database_url: str, shared_folder: Path) -> Iterator[Wall]:
    with serving(shared_database_url, shared_folder / "badges", shared_folder) as wall:
        yield wall


@pytest.fixture
def shared_wall(running_wall: Wall, shared_database_url: str) -> Wall:
    """A wall that tests of a module share, without any badge. It has no options."""
    with psycopg.connect(shared_database_url, autocommit=True) as connection:
        connection.execute("TRUNCATE oban_jobs")
    return running_wall


@pytest.fixture
def shared_desk(shared_wall: Wall, shared_database_url: str, shared_folder: Path) -> Iterator[Desk]:
    """A desk for the shared wall."""
    with psycopg.connect(shared_database_url, autocommit=True) as connection:
        yield Desk(connection, shared_folder / "badges")


@dataclass
class Complaints:
    """What the browser complained about."""

    page: Page
    errors: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def all(self) -> list[str]:
        return [*self.errors, *self.page.evaluate("window.violations")]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a URL in a new context with the given options.

    At the end, fails if a page reported an error or a violation of its content security policy, but for
    those that contain a part of `expected`, and for what a busy machine causes. `before` can prepare the
    page.
    """
    opened: list[tuple[Complaints, tuple[str, ...]]] = []

    def open_page(
        url: str,
        *,
        expected: tuple[str, ...] = (),
        before: Callable[[Page], None] = lambda page: None,
        **options: Any,
    ) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(HANG_S * 1000)
        page = context.new_page()
        page.add_init_script(WATCH_POLICY)
        complaints = Complaints(page)
        page.on("pageerror", lambda error: complaints.errors.append(f"page: {error}"))
        page.on("console", complaints.hear)
        opened.append((complaints, expected))
        before(page)
        page.goto(url)
        return page

    yield open_page
    found = [
        complaint
        for complaints, expected in opened
        for complaint in complaints.all()
        if not any(part in complaint for part in (*expected, BUSY))
    ]
    for complaints, _expected in opened:
        complaints.page.context.close()
    assert found == []


@pytest.fixture
def desk(connection: psycopg.Connection, badges_dir: Path) -> Desk:
    return Desk(connection, badges_dir)
