"""Take pictures in Chromium: of a terminal's screens, and of pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from recording.frames import SIZE_PX, Frame
from recording.terminal import COLUMNS, ROWS, Shown

PAGE = """\
<!doctype html><style>
body {{ margin: 0; background: #0d1117 }}
pre {{ margin: 0; padding: 12px; font: {size}px/{line}px "DejaVu Sans Mono", monospace }}
</style><pre>{screen}</pre>"""
PADDING_PX = 12
CELLS_PER_EM = 0.602
"""Width of a character of DejaVu Sans Mono."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium on PATH, or else that of Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, zoom: float = 1.0) -> Page:
    """Open a page in light colors whose pictures have `SIZE_PX`, smaller than it by `zoom`."""
    width, height = SIZE_PX
    return browser.new_page(
        viewport={"width": round(width / zoom), "height": round(height / zoom)},
        device_scale_factor=zoom,
        color_scheme="light",
    )


def terminal_frames(browser: Browser, shown: Shown) -> list[Frame]:
    """Draw the screens of a terminal."""
    page = new_page(browser)
    width, height = (side - 2 * PADDING_PX for side in SIZE_PX)
    size_px = width / COLUMNS / CELLS_PER_EM
    frames = []
    for at_s, screen in shown:
        page.set_content(PAGE.format(size=size_px, line=height / ROWS, screen=screen))
        frames.append(Frame(at_s, page.screenshot()))
    return frames
