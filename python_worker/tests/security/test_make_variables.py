"""Attack: characters of the shell in variables of `make` and in arguments."""

import shutil
import subprocess
from pathlib import Path

import pytest

from badge_forge.settings import ROOT
from helpers import HANG_S

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")

HOSTILE = ["unit; touch {0}", "unit & touch {0}", "`touch {0}`", "'\"; touch {0}; \"'", "| touch {0}"]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=HANG_S)


@needs_make
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_variable_of_make_runs_no_command(hostile: str, tmp_path: Path) -> None:
    made = tmp_path / "made"
    result = run("make", "--old-file", "setup-dev", "test", f"PARTS={hostile.format(made)}")
    assert "test: unknown part" in result.stderr
    assert not made.exists()


@needs_make
def test_a_dollar_sign_in_a_database_url_of_the_minimal_example_remains() -> None:
    url = "postgresql://a:p$$w$HOME@127.0.0.1/db"
    makefile = "include examples/minimal/Makefile\nshow:\n\t@printf '%s' \"$$OBAN_DSN\"\n"
    result = subprocess.run(
        ["make", "--no-print-directory", "--file", "-", "show"],
        input=makefile,
        env={"PATH": "/usr/bin:/bin", "DATABASE_URL": url},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_S,
    )
    assert result.stdout == url, result.stderr


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_argument_of_a_command_runs_no_command(hostile: str, tmp_path: Path) -> None:
    made = tmp_path / "made"
    argument = hostile.format(made)
    for words in (["bin/badge-forge", argument], ["bin/test", argument]):
        run(*words)
        assert not made.exists()
