"""The jobs of the matrix: what they do, and what a test sees of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

PYTHON_PROBE: dict[str, Any] = {"worker": "matrix.probe.Probe", "queue": "python"}
ELIXIR_PROBE: dict[str, Any] = {"worker": "Matrix.Probe", "queue": "elixir"}

Row = Callable[[int], dict[str, Any]]
"""Reads a job's row."""

Until = Callable[[int, str], dict[str, Any]]
"""Waits until a job is in a state, and returns its row."""


class Probe:
    """The args of a job that tells what it sees. `release` ends those that wait or snooze."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = folder / "seen"

    def args(self, do: str = "ok", **more: Any) -> dict[str, Any]:
        return {"do": do, "seen": str(self._seen), "until": str(self._folder / "until"), **more}

    def release(self) -> None:
        (self._folder / "until").touch()

    @property
    def seen(self) -> list[dict[str, Any]]:
        """What the attempts of the jobs saw, in order."""
        lines = self._seen.read_text().splitlines() if self._seen.exists() else []
        return [json.loads(line) for line in lines]
