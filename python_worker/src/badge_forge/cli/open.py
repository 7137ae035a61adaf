"""Open a file in the user's viewer."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from badge_forge.cli.say import say

FAILS_WITHIN_S = 3.0
"""Seconds to wait for a failure. Some viewers run in the foreground, until they are closed."""


def open_in_viewer(path: Path) -> None:
    """Open `path` in the viewer of the desktop, or say that there is none."""
    command = "open" if sys.platform == "darwin" else "xdg-open"
    desktop = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not desktop or shutil.which(command) is None:
        say(f"there is no desktop to open {path} on: copy the file to a machine that has one")
        return
    process = subprocess.Popen(
        [command, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # xdg-open lists on seven lines what it tried
        start_new_session=True,
    )
    with suppress(subprocess.TimeoutExpired):  # the viewer runs
        if process.wait(FAILS_WITHIN_S):
            say(f"no viewer opened {path}: open it by hand")
