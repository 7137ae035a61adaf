"""docs/compatibility.md is what the tests of the matrix assert."""

import importlib
import json
from pathlib import Path

import pytest

from matrix.cells import ACTIONS, ACTORS, CELLS
from matrix.column import COLUMNS, PAGE, outcomes, read_columns
from matrix.page import render

TESTS = Path(__file__).parents[1] / "matrix"


@pytest.fixture(autouse=True, scope="module")
def tests_of_the_matrix() -> None:
    """Import the tests, which declares their cells."""
    for file in TESTS.glob("test_*.py"):
        importlib.import_module(f"matrix.{file.stem}")


def test_each_action_has_a_test_in_both_directions() -> None:
    assert set(CELLS) == {(action, actor) for action in ACTIONS for actor in ACTORS}


@pytest.mark.parametrize("column", ["hex", "stand-in"])
def test_each_column_was_written_by_a_run_of_the_tests_as_they_are(column: str) -> None:
    written = json.loads((COLUMNS / f"{column}.json").read_text())["cells"]
    assert written == outcomes(column), "run `make matrix` on this Oban"


def test_the_page_has_the_columns_that_were_written() -> None:
    assert render(read_columns()) == PAGE.read_text(), "run `make matrix`"
