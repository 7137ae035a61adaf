"""The two processes of the matrix, as a test sees them."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import IO, Any

from badge_forge.settings import ROOT
from helpers import HANG_S

HERE = Path(__file__).parent

ANSWER = "\x02"
"""How a line begins that is an answer. The others are log lines."""


class EvaluationError(Exception):
    """An Elixir expression failed."""


class ElixirNode:
    """The Elixir app, which evaluates expressions. `oban` is "hex" or "stand-in"."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        assert process.stdin
        assert process.stdout
        self._input: IO[str] = process.stdin
        self._answers: Queue[str] = Queue()
        reader = threading.Thread(target=self._read, args=(process.stdout, log), daemon=True)
        reader.start()
        assert self._answer() == "started"
        is_hex = self.evaluate("Code.ensure_loaded?(Oban.Notifiers.Postgres)") == "true"
        self.oban = "hex" if is_hex else "stand-in"

    def evaluate(self, expression: str) -> str:
        """Return the value of `expression`, a line, as `inspect` shows it. Raises `EvaluationError`."""
        self._input.write(expression + "\n")
        self._input.flush()
        return self._answer()

    def _answer(self) -> str:
        status, _, answer = self._answers.get(timeout=HANG_S).partition(" ")
        if status == "error":
            raise EvaluationError(answer)
        return answer

    def insert(self, args: dict[str, Any], more: str = "") -> int:
        """Insert a job for Python's queue with `Oban.insert`, and return its id. `more` are options."""
        return int(self.evaluate(f"{{:ok, job}} = Oban.insert({self.new(args, more)}); job.id"))

    def new(self, args: dict[str, Any], more: str = "") -> str:
        """Return an expression that builds a job for Python's queue."""
        options = 'worker: "matrix.probe.Probe"' + f", {more}" * bool(more)
        if "queue:" not in more:
            options += ', queue: "python"'
        return f"Oban.Job.new(Oban.JSON.decode!(~S|{json.dumps(args)}|), {options})"

    def _read(self, output: IO[str], log: Path) -> None:
        with log.open("a") as file:
            for line in output:
                if line.startswith(ANSWER):
                    self._answers.put(line.removeprefix(ANSWER).rstrip("\n"))
                else:
                    file.write(line)
                    file.flush()
        self._answers.put(f"error the Elixir process has ended: see {log}")


@contextmanager
def elixir_node(url: str, folder: Path) -> Iterator[ElixirNode]:
    """Run the Elixir app with its files in `folder`, until the block ends."""
    log = folder / "elixir.log"
    command = ["mix", "run", "--no-start", str(HERE / "elixir.exs")]
    environment = {"DATABASE_URL": url, "BADGE_FORGE_VAR": str(folder)}
    with _running(command, ROOT / "elixir_app", log, environment) as process:
        yield ElixirNode(process, log)


@contextmanager
def python_node(url: str, folder: Path) -> Iterator[Path]:
    """Run the Python process until the block ends. Yields its file of telemetry."""
    telemetry = folder / "telemetry"
    telemetry.touch()
    command = [sys.executable, "-m", "matrix.python_node"]
    environment = {
        "DATABASE_URL": url,
        "PYTHONPATH": str(HERE.parent),
        "TELEMETRY": str(telemetry),
    }
    with _running(command, ROOT, folder / "python.log", environment):
        yield telemetry


@contextmanager
def _running(
    command: list[str], folder: Path, log: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[str]]:
    with (
        log.open("a") as errors,
        subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()
