"""The code on the pages of `docs/` is that of files that tests run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from badge_forge.settings import ROOT

PAGE = ROOT / "docs" / "bridge.md"
OTHER_PAGE = ROOT / "docs" / "a-queue-of-your-own.md"
INCLUDED, OTHERS_INCLUDED = (
    re.findall(r"^<!-- include (\S+) -->$", page.read_text(), re.MULTILINE)
    for page in (PAGE, OTHER_PAGE)
)
MOST_LINES = 25


def include(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "bin" / "include"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the page and of what it includes."""
    for name in [
        "bin/include",
        "docs/bridge.md",
        "docs/a-queue-of-your-own.md",
        *INCLUDED,
        *OTHERS_INCLUDED,
    ]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_page_has_the_files_as_they_are() -> None:
    assert len(INCLUDED) > 20
    result = include(ROOT, "--check")
    assert result.returncode == 0, result.stderr


def test_a_file_that_is_changed_without_the_page_is_reported(copy: Path) -> None:
    file = copy / "examples/recipes/enqueue/worker.py"
    file.write_text(file.read_text().replace("thumbnail of", "picture of"))
    result = include(copy, "--check")
    assert result.returncode == 1
    assert result.stderr == "docs/bridge.md: differs from the files that it includes: run bin/include\n"
    assert include(copy).returncode == 0
    assert "picture of" in (copy / "docs/bridge.md").read_text()
    assert include(copy, "--check").returncode == 0


def test_a_block_that_is_changed_on_the_page_is_reported(copy: Path) -> None:
    page = copy / "docs/bridge.md"
    original = page.read_text()
    page.write_text(original.replace("thumbnail of", "picture of"))
    assert include(copy, "--check").returncode == 1
    include(copy)
    assert page.read_text() == original


def test_a_region_is_included_without_its_marks_and_its_indentation(copy: Path) -> None:
    (copy / "examples/recipes/enqueue/worker.py").write_text(
        "a\n    # region\n    b\n    # endregion\nc\n"
    )
    include(copy)
    page = (copy / "docs/bridge.md").read_text()
    assert "<!-- include examples/recipes/enqueue/worker.py -->\n```python\nb\n```\n" in page


def test_each_recipe_has_at_most_25_lines_per_language() -> None:
    for section in re.split(r"^##+ ", PAGE.read_text(), flags=re.MULTILINE):
        lines: dict[str, int] = {}
        for language, code in re.findall(r"^```(\w+)\n(.*?)\n```$", section, re.MULTILINE | re.DOTALL):
            lines[language] = lines.get(language, 0) + len(code.splitlines())
        assert max(lines.values(), default=0) <= MOST_LINES, (section.splitlines()[0], lines)


def test_each_file_of_a_recipe_is_on_the_page() -> None:
    """`app/` is what every application has; `config/` and `mix.exs` are described."""
    recipes = ROOT / "examples" / "recipes"
    others = {"app", "config", "_build", "deps"}
    files = {
        path.relative_to(ROOT).as_posix()
        for path in recipes.glob("*/*.*")
        if path.suffix in (".py", ".ex") and path.parent.name not in others
    }
    unused = {
        "answer/archive.py",
        "batch/worker.py",
        "tracing/measured.ex",
    }  # what tests see an answer by
    assert files - set(INCLUDED) == {f"examples/recipes/{name}" for name in unused}


def test_links_to_sections_of_the_page_lead_somewhere() -> None:
    text = PAGE.read_text()
    headings = re.findall(r"^##+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) - anchors == set()
