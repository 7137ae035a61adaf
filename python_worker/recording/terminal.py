"""Run a command in a pseudo-terminal, and keep what its screen shows over time."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

import pyte
from pyte.screens import Char

COLUMNS, ROWS = 80, 24
LEAST_S = 0.1
"""Shortest time between two screens."""

COLORS = {
    "default": "#e6e6e6",
    "black": "#5c6370",
    "red": "#ff7b72",
    "green": "#7ee787",
    "brown": "#f2cc60",
    "blue": "#79c0ff",
    "magenta": "#f778ba",
    "cyan": "#76e3ea",
    "white": "#ffffff",
}

type Shown = list[tuple[float, str]]
"""Screens as HTML, each with the seconds after the start at which it appeared."""


def record(
    command: Sequence[str], typed: str, environment: dict[str, str], replacements: Mapping[str, str]
) -> Shown:
    """Run `command` in a terminal of 80x24, shown as `typed` after a prompt, and return its screens.

    Replaces texts of its output, such as the path of the checkout. Raises `CalledProcessError`.
    """
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    stream.feed(f"\x1b[1;32m$\x1b[0m {typed}\r\n".encode())
    shown: Shown = [(0.0, html_of(screen))]
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    started_at = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        while output := _read(controller):
            for text, replacement in replacements.items():
                output = output.replace(text.encode(), replacement.encode())
            stream.feed(output)
            at_s, html = time.monotonic() - started_at, html_of(screen)
            if html != shown[-1][1]:
                if at_s - shown[-1][0] < LEAST_S and len(shown) > 1:
                    at_s = shown.pop()[0]
                shown.append((at_s, html))
    os.close(controller)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(
            process.returncode, command, output="\n".join(screen.display)
        )
    return shown


def _read(controller: int) -> bytes:
    """Return the next output, or nothing if the terminal is closed. A burst of writes is one output."""
    output = b""
    while not output or select.select([controller], [], [], 0.02)[0]:
        try:
            part = os.read(controller, 65536)
        except OSError:  # how Linux reports the end
            break
        if not part:
            break
        output += part
    return output


def html_of(screen: pyte.Screen) -> str:
    """Return the screen as lines of HTML."""
    return "\n".join(_line(screen, row) for row in range(screen.lines))


def _line(screen: pyte.Screen, row: int) -> str:
    chars = [screen.buffer[row][column] for column in range(screen.columns)]
    runs = groupby(chars, key=_style)
    return "".join(
        f'<span style="{style}">{escape("".join(char.data for char in run))}</span>'
        for style, run in runs
    )


def _style(char: Char) -> str:
    color = COLORS.get(char.fg.removeprefix("bright"), f"#{char.fg}")
    return f"color:{color};font-weight:{'bold' if char.bold else 'normal'}"
