"""The harness of `make bench` runs, and its statistics are right. These tests measure no time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from badge_forge.rendering.renderer import Renderer
from badge_forge.settings import ROOT
from benchmarks.attendees import attendees
from benchmarks.figures import Bound, Figure, percentile, ratios
from benchmarks.naive import write_badge
from benchmarks.page import design, html_of, page_of
from helpers import HANG_S, pixels


def test_a_figure_is_the_median_of_its_samples_with_their_spread() -> None:
    figure = Figure("renderer", "a badge", "ms", (5, 1, 100, 3, 4))
    assert (figure.value, figure.least, figure.most) == (4, 1, 100)


def test_a_ratio_is_taken_pair_by_pair() -> None:
    # Each pair has the ratio 2, although the machine was ten times slower during the second.
    assert ratios([2, 20, 2], [1, 10, 1]) == (2, 2, 2)


def test_samples_of_different_lengths_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2, 3], [1, 2])


@pytest.mark.parametrize(("percent", "expected"), [(50, 100), (99, 198), (100, 200), (0, 1)])
def test_a_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([float(sample) for sample in range(200, 0, -1)], percent) == expected


@pytest.mark.parametrize(
    ("bound", "value", "holds"),
    [
        (Bound("at most", 4), 4, True),
        (Bound("at most", 4), 4.01, False),
        (Bound("at least", 8), 8, True),
        (Bound("at least", 8), 7.99, False),
    ],
)
def test_a_bound_applies_to_the_median(bound: Bound, value: float, holds: bool) -> None:
    assert Figure("part", "name", "times", (0, value, 1_000), bound).holds is holds


@pytest.mark.long
def test_the_harness_runs_and_names_the_command_of_each_figure(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "renderer", "--output", str(tmp_path)],
        cwd=ROOT / "python_worker",
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_S,
    )
    assert result.returncode == 0, result.stderr
    machine, _, rest = (tmp_path / "table.md").read_text().partition("\n")
    assert "weasyprint" in machine
    assert re.findall("^`.*`$", rest, re.MULTILINE) == ["`python -m benchmarks renderer`"]
    assert "| listing against Badge Forge | " in rest
    assert (tmp_path / "chart.svg").read_text().startswith("<svg")


@pytest.mark.long
def test_all_contenders_draw_the_same_page(tmp_path: Path) -> None:
    person = next(attendees())
    html = html_of(person)
    write_badge(html, tmp_path / "listing.pdf")
    assert pixels((tmp_path / "listing.pdf").read_bytes()) == pixels(
        Renderer(design()).render(person).pdf
    )
    page = page_of(person, html)
    assert {person.name, person.company, person.title} <= {line.text for line in page.lines}
    assert {shape.name for shape in page.shapes} == {"mark", "skyline", "pattern", "qr"}
