"""Record the wall while both applications make badges."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from badge_forge.settings import ROOT
from recording.browser import new_page
from recording.frames import Frame

BADGES = 60
ZOOM = 0.55
INTERVAL_S = 0.25
START_TIMEOUT_S = 120
PRINTED = "#printed-count"

BADGE_FORGE = (sys.executable, "-m", "badge_forge")
ELIXIR_APP = ROOT / "elixir_app"


def record_wall(browser: Browser, environment: dict[str, str]) -> list[Frame]:
    """Start the wall, then the applications, and return pictures until all badges are printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    frames: list[Frame] = []
    page = new_page(browser, ZOOM)
    with (
        _running(environment, *BADGE_FORGE, "wall", "--port", str(port)),
        _running(
            environment, *BADGE_FORGE, "db", "run", "--role", "worker", "--", *BADGE_FORGE, "worker"
        ),
        _running(
            environment,
            *(*BADGE_FORGE, "db", "run", "--role", "print-center", "--", "sh", "-c"),
            f"cd {ELIXIR_APP} && mix badge_forge.enqueue {BADGES} && exec mix run --no-halt",
        ),
    ):
        _open(page, f"http://127.0.0.1:{port}/")
        printed = page.locator(PRINTED)
        before = _number(printed.inner_text())
        started_at = time.monotonic()
        while _number(printed.inner_text()) < before + BADGES:
            if time.monotonic() - started_at > START_TIMEOUT_S:
                raise TimeoutError(
                    f"the wall shows {printed.inner_text()} printed badges after 2 minutes"
                )
            picture = page.screenshot()
            if not frames or frames[-1].png != picture:
                frames.append(Frame(time.monotonic() - started_at, picture))
            time.sleep(INTERVAL_S)
        time.sleep(3)  # for the last pictures and counts
        frames.append(Frame(time.monotonic() - started_at, page.screenshot()))
    return frames


def _number(text: str) -> int:
    return int("".join(filter(str.isdigit, text)) or 0)


def _open(page: Page, url: str) -> None:
    started_at = time.monotonic()
    while True:
        try:
            page.goto(url)
            page.locator(PRINTED, has_text=re.compile(r"\d")).wait_for()
            return
        except Exception:
            if time.monotonic() - started_at > START_TIMEOUT_S:
                raise
            time.sleep(0.5)


@contextmanager
def _running(environment: dict[str, str], *command: str) -> Iterator[None]:
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
