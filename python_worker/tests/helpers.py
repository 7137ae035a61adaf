"""Helpers that several test files use."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import uuid4

import psutil
import psycopg
import pypdfium2
from click.testing import CliRunner
from PIL import Image
from psycopg.types.json import Jsonb

from badge_forge.cli import main
from badge_forge.designs.design import SHIPPED, Design
from badge_forge.events.event import Event, load_event
from badge_forge.settings import ROOT

CONTRACTS = ROOT / "db" / "contracts"

POLL_S = 0.02

HANG_S = 300
"""Seconds after which a test assumes a hang. Only a hang reaches this limit, however busy the machine
is. Promises about time are measured with `unhurried_clock`."""

Clock = Callable[[], float]


def eventually[T](what: Callable[[], T], within_s: float = HANG_S, clock: Clock = time.monotonic) -> T:
    """Return the first true result of `what`. Fails after `within_s` seconds of `clock`."""
    deadline = clock() + within_s
    while True:
        result = what()
        if result:
            return result
        if clock() > deadline:
            raise AssertionError(f"not so within {within_s:g} s: {what}")
        time.sleep(POLL_S)


@contextmanager
def unhurried_clock(niceness: int = 0) -> Iterator[Clock]:
    """Yield a clock that slows down when the machine is busy, for promises about time.

    It returns the CPU seconds of a busy loop. On an idle machine they equal seconds. On a busy machine
    the loop gets less CPU time, and so does the code that is measured, which has this `niceness`.
    """
    with psutil.Popen([sys.executable, "-c", "while True: pass"]) as control:
        try:
            control.nice(niceness)
            yield lambda: float(sum(control.cpu_times()[:2]))
        finally:
            control.kill()


def still_alive(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Wait for `processes` to end, and return those that still run."""
    _ended, alive = psutil.wait_procs(list(processes), timeout=HANG_S)
    return list(alive)


def schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CONTRACTS / f"{name}.schema.json").read_text())
    return content


def examples(contract: str, kind: str) -> dict[str, Any]:
    """Return the `valid` or `invalid` examples of a contract by name."""
    folder = CONTRACTS / "examples" / contract / kind
    found = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    assert found, f"no examples in {folder}"
    return found


def badge_args(**changes: Any) -> dict[str, Any]:
    args = {"id": str(uuid4()), "name": "Ada Lovelace", "company": "Analytical", "type": "speaker"}
    return args | changes


def shipped_design(name: str) -> Design:
    return Design.load(SHIPPED / name)


def make_event(folder: Path, text: str = "", slug: str = "nordlicht", photo: str = "") -> Event:
    """Write an event into `folder`, with a `photo` of that name, and load it."""
    folder.mkdir(exist_ok=True)
    (folder / f"{slug}.toml").write_text('name = "Nordlicht"\n' * ("name =" not in text) + text)
    if photo:
        (folder / slug).mkdir(exist_ok=True)
        Image.new("RGB", (60, 80), "#30a050").save(folder / slug / photo)
    return load_event(slug, folder)


def make_design(parent: Path, body: str = "", css: str = "", **settings: str) -> Design:
    """Make a design `mine` of 86 by 54 mm with the template `body`.

    `settings` replace text in its `design.toml`.
    """
    folder = parent / "mine"
    shutil.copytree(SHIPPED / "card-86x54", folder)
    toml = (folder / "design.toml").read_text().replace("card-86x54", "mine", 1)
    for old, new in settings.items():
        assert old in toml
        toml = toml.replace(old, new)
    (folder / "design.toml").write_text(toml)
    (folder / "badge.html.jinja").write_text(body)
    (folder / "badge.css").write_text(css)
    return Design.load(folder)


def enqueue(connection: psycopg.Connection, *all_args: Any, **columns: Any) -> list[int]:
    """Insert jobs with SQL, as any client of the table can, and return their ids."""
    columns = {
        "queue": "badges",
        "worker": "badge_forge.generator.GenerateBadge",
        "max_attempts": 5,
        "meta": Jsonb({}),
    } | columns
    names = ", ".join(["args", *columns])
    marks = ", ".join(["%s"] * (len(columns) + 1))
    statement = f"INSERT INTO oban_jobs ({names}) VALUES ({marks}) RETURNING id"
    ids = []
    for args in all_args:
        row = connection.execute(statement.encode(), [Jsonb(args), *columns.values()]).fetchone()
        assert row
        ids.append(row[0])
    return ids


def states(connection: psycopg.Connection, queue: str = "badges") -> dict[str, int]:
    """Count a queue's jobs by state."""
    rows = connection.execute(
        "SELECT state::text, count(*) FROM oban_jobs WHERE queue = %s GROUP BY state", [queue]
    )
    return dict(rows.fetchall())


def text_of(pdf: Path | bytes) -> str:
    """Return the text of a PDF with single spaces as white space."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = " ".join(page.get_textpage().get_text_bounded() for page in document)
        return " ".join(text.replace("\x02", "-").split())  # how pdfium returns a hyphen at a line's end
    finally:
        document.close()


def pixels(pdf: bytes, dpi: float = 144) -> list[bytes]:
    """Return the RGB pixels of each page of a PDF."""
    pages = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=dpi / 72).to_pil().convert("RGB").tobytes() for page in pages]


def same_pages(one: bytes, other: bytes) -> bool:
    """Tell whether two PDFs show the same pages. Identical files are not drawn."""
    return one == other or pixels(one) == pixels(other)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "badge_forge", *arguments]


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `badge-forge` to its end in this process, in a tenth of the time that `run` takes.

    Use `run` for tests of process-wide state: `BADGE_FORGE_VAR`, logging, signals, fonts, libraries.
    """
    code: Any = 0
    without_database: dict[str, str | None] = {"DATABASE_URL": None}
    with (
        CliRunner().isolation(env=without_database | environment) as (output, errors, _both),
        mock.patch.object(sys, "argv", ["badge-forge", *arguments]),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        said = output.getvalue().decode(), errors.getvalue().decode()
    return subprocess.CompletedProcess(arguments, code, *said)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `badge-forge` to its end in a new process."""
    return subprocess.run(
        command(*arguments),
        env=_environment(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_S,
        stdin=subprocess.DEVNULL,
    )


@contextmanager
def running(*arguments: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `badge-forge` in the background with its output in `log`, and kill it at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command(*arguments),
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A test run in the background ignores SIGINT, which its children inherit.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def on_a_terminal(arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command on a terminal, and return its exit code and output."""
    inherited = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (int(environment.get("LINES", 24)), int(environment.get("COLUMNS", 80))))
    with subprocess.Popen(
        arguments, env=inherited | environment, stdin=its, stdout=its, stderr=its
    ) as process:
        os.close(its)
        shown = b""
        with suppress(OSError):  # Linux reports a closed terminal as an I/O error
            while chunk := os.read(ours, 65536):
                shown += chunk
        os.close(ours)
    return process.returncode, shown.decode()


def _environment(changes: dict[str, str]) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    return inherited | changes
