"""Record the demo, and the wall if this version has it, in a separate folder and database."""

import os
import subprocess
import tempfile

import click

from badge_forge.cli import COMMANDS
from badge_forge.settings import ROOT
from recording.browser import chromium, terminal_frames
from recording.frames import Scene, write_animation
from recording.terminal import COLUMNS, ROWS, record
from recording.wall import record_wall

OUTPUT = ROOT / "docs" / "recording.webp"
SHOWN_ROOT = "~/badge-forge"
LAST_MS = 3000


def main() -> None:
    """Write `docs/recording.webp`."""
    with tempfile.TemporaryDirectory(prefix="badge-forge-recording-") as var, chromium() as browser:
        environment = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "NO_COLOR")
        } | {
            "BADGE_FORGE_VAR": var,
            "TERM": "xterm-256color",
            "COLUMNS": str(COLUMNS),
            "LINES": str(ROWS),
        }
        click.echo("recording: the demo, after a first run that creates its database", err=True)
        demo = ("make", "--no-print-directory", "-C", str(ROOT), "demo")
        subprocess.run(demo, env=environment | {"BADGES": "1"}, check=True, stdout=subprocess.DEVNULL)
        shown = record(demo, "make demo", environment, {var: f"{SHOWN_ROOT}/var", str(ROOT): SHOWN_ROOT})
        scenes = [Scene(terminal_frames(browser, shown), LAST_MS)]
        if "wall" in COMMANDS:
            click.echo("recording: the wall", err=True)
            scenes.append(Scene(record_wall(browser, environment), LAST_MS))
    write_animation(scenes, OUTPUT)
    seconds = sum(sum(scene.durations_ms()) for scene in scenes) / 1000
    click.echo(f"{OUTPUT}: {OUTPUT.stat().st_size / 1000:.0f} kB, {seconds:.0f} s")


if __name__ == "__main__":
    main()
