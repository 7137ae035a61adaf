"""The example to copy: `make` in `examples/minimal/`."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from badge_forge.settings import ROOT
from helpers import HANG_S, enqueue

pytestmark = pytest.mark.usefixtures("elixir")

MINIMAL = ROOT / "examples" / "minimal"


def test_make_creates_the_tables_runs_both_sides_and_prints_an_answer(empty_database_url: str) -> None:
    printed = _make("demo", empty_database_url)
    assert "Python: the median of 3, 1, 4, 1, 5 is 3, the deviation 1.79\n" in printed
    assert "applied 0005.refuse-rows-that-stop-a-queue.sql" in printed
    assert "0006" not in printed  # that one knows the queues of Badge Forge


def test_args_that_are_wrong_cancel_the_job_on_either_side(empty_database_url: str) -> None:
    _make("schema", empty_database_url)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        enqueue(connection, {"numbers": ["3", 1]}, queue="python", worker="workers.Describe")
        enqueue(connection, {"sum": 4}, queue="elixir", worker="Bridge.Answers")
        assert "applied" not in _make("demo", empty_database_url)
        rows = connection.execute(
            "SELECT queue, state::text, errors[1]->>'error' FROM oban_jobs"
            " WHERE errors <> '{}' ORDER BY id"
        ).fetchall()
    assert [row[:2] for row in rows] == [("python", "cancelled"), ("elixir", "cancelled")]
    assert "numbers: must be a list of at least two numbers, got ['3', 1]" in rows[0][2]
    assert "args: not an answer" in rows[1][2]


def test_sides_that_start_at_the_same_time_create_the_tables_once(empty_database_url: str) -> None:
    """As `make worker` and `make iex` in two terminals do."""
    with ThreadPoolExecutor() as threads:
        printed = list(threads.map(lambda _: _make("schema", empty_database_url), range(4)))
    assert sorted(text.count("applied") for text in printed) == [0, 0, 0, 5]


def test_the_example_names_nothing_but_oban_from_hex() -> None:
    """A copy has no trace of the stand-in, or of this repository's layout but one line."""
    example = "".join(path.read_text() for path in (MINIMAL / "elixir").rglob("*.ex*") if _ours(path))
    assert '{:oban, "~> 2.23"}' in example
    assert not re.search(r"stand.?in|without_hex|MIX_EXS|badge", example, re.IGNORECASE)
    makefile = (MINIMAL / "Makefile").read_text()
    assert [line for line in makefile.splitlines() if "../" in line] == ["-include ../checkout.mk"]


def test_the_example_locks_the_same_packages_as_the_app() -> None:
    lock = (MINIMAL / "elixir" / "mix.lock").read_text()
    app = (ROOT / "elixir_app" / "mix.lock").read_text()
    packages = re.findall(r'^ *"\w+": .*', lock, re.MULTILINE)
    assert len(packages) == 8
    assert [line for line in packages if line.strip() not in app] == []


def _ours(path: Path) -> bool:
    return not {"_build", "deps"} & set(path.parts)


def _make(target: str, database_url: str) -> str:
    result = subprocess.run(
        ["make", "--directory", MINIMAL, target],
        env=os.environ | {"DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_S,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
