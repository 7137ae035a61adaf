"""Measure the time from `make demo` to the first PDF, with everything installed and compiled."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from badge_forge.settings import ROOT, VAR
from benchmarks.figures import Bound, Figure
from benchmarks.run import Run

PART = "demo"
POLL_S = 0.01
TIMEOUT_S = 300


def measure(run: Run) -> list[Figure]:
    """Run the demo repeatedly on a separate database. The first run is not timed."""
    first, all_ten = [], []
    with tempfile.TemporaryDirectory(dir=VAR, prefix="bench-") as folder:
        Path(folder).chmod(0o755)  # the user that runs the embedded server needs access
        _demo(Path(folder), 0)
        for number in run.rounds(5):
            run.say(f"round {number + 1}")
            to_first, to_end = _demo(Path(folder), number + 1)
            first.append(to_first)
            all_ten.append(to_end)
    return [
        Figure(PART, "make demo, warm, to the first PDF", "s", tuple(first)),
        Figure(PART, "make demo, warm, to its end", "s", tuple(all_ten), Bound("at most", 15)),
    ]


def _demo(var: Path, number: int) -> tuple[float, float]:
    """Return the seconds until the first PDF and until the end."""
    badges = var / f"badges-{number}"
    environment = os.environ | {
        "BADGE_FORGE_VAR": str(var),
        "BADGES_DIR": str(badges),
        "BADGES": "10",
        # Disable compose, which would use the developer's database.
        "DOCKER_HOST": "tcp://127.0.0.1:1",
    }
    environment.pop("DATABASE_URL", None)
    environment.pop("MAKEFLAGS", None)
    log = var / "demo.log"
    start = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "demo"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        to_first = 0.0
        try:
            while process.poll() is None and time.monotonic() - start < TIMEOUT_S:
                if not to_first and badges.is_dir() and any(badges.glob("*.pdf")):
                    to_first = time.monotonic() - start
                time.sleep(POLL_S)
        finally:
            process.terminate()
            code = process.wait()
    if code != 0 or not to_first:
        raise RuntimeError(f"make demo ended with exit code {code}: {log.read_text()[-200:]}")
    return to_first, time.monotonic() - start
