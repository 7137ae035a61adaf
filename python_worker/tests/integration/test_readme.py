"""What README tells a user to type leaves `var/` alone, and ends without an error."""

import fcntl
import os
import pty
import re
import signal
import subprocess
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from badge_forge.settings import ROOT

EXAMPLES = re.findall(r"^    (bin/badge-forge .*)$", (ROOT / "README.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("example", [line for line in EXAMPLES if " preview " in line])
def test_an_example_writes_its_output_where_the_reader_sees_it(example: str) -> None:
    """Without -o, a preview is written into var/previews."""
    output = re.search(r" -o (\S+)", example)
    assert output
    assert not output[1].startswith("var/")


def _take_the_terminal() -> None:
    """Make Ctrl-C a signal, also where this process was started in the background and ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_ctrl_c_in_make_iex_does_not_interrupt_make(tmp_path: Path) -> None:
    iex = tmp_path / "iex"
    iex.write_text("#!/bin/sh\ntrap 'echo bye; exit 0' INT\necho ready\nwhile :; do sleep 0.1; done\n")
    iex.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "DATABASE_URL": "postgresql://me@127.0.0.1:9/none",
    }
    terminal, its = pty.openpty()
    with subprocess.Popen(
        ["make", "-C", ROOT, "-o", "setup", "iex"],
        env=environment,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=_take_the_terminal,
    ) as make:
        os.close(its)
        shown = b""
        with suppress(OSError):  # Linux reports a closed terminal as an I/O error
            while chunk := os.read(terminal, 65536):
                if b"ready" not in shown and b"ready" in shown + chunk:
                    os.write(terminal, b"\x03")
                shown += chunk
        os.close(terminal)
    assert b"bye" in shown, shown
    assert b"***" not in shown, shown
    assert make.returncode == 0
