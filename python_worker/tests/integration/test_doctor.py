"""`badge-forge doctor` reports missing fonts and libraries. The tests hide installed ones."""

import re
import subprocess
import sys
from pathlib import Path

import font_source_sans_pro
import psycopg
import pytest

from badge_forge.text.scripts import scripts
from helpers import call, command, on_a_terminal, run

COLOR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")

ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux searches LD_LIBRARY_PATH, which hides the libraries"
)


def fonts_of(folder: Path, parent: Path) -> dict[str, str]:
    """Return an environment in which only the fonts in `folder` are installed."""
    config = parent / "fonts.conf"
    config.write_text(
        f"<fontconfig><dir>{folder}</dir><cachedir>{parent / 'cache'}</cachedir></fontconfig>"
    )
    return {"FONTCONFIG_FILE": str(config)}


@pytest.fixture(scope="module")
def latin_only(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment without any font but one that has Latin letters only."""
    return fonts_of(Path(font_source_sans_pro.__file__).parent, tmp_path_factory.mktemp("fonts"))


@pytest.fixture(scope="module")
def on_latin_only(latin_only: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What a machine is told that lacks fonts."""
    return run("doctor", "--all", **latin_only)


def package_of(name: str) -> str:
    return next(script.package() for script in scripts() if script.name == name)


def test_after_setup_nothing_is_missing_and_each_area_has_one_line(database_url: str) -> None:
    result = run("doctor", DATABASE_URL=database_url)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    areas = [line.partition(":")[0] for line in lines]
    assert areas == [
        "Libraries",
        "Fonts",
        "Elixir",
        "Database",
        "Applications",
        "Disk",
        "Nothing is missing",
    ]
    assert lines[0].startswith("Libraries: Pango 1.")
    assert re.fullmatch(r"Fonts: \d+ scripts can be drawn", lines[1])
    assert lines[3].endswith(": the schema is up to date")
    assert lines[4] == "Applications: none runs"
    assert re.match(r"Disk: [\d,.]+ GB free for /", lines[5])


def test_live_applications_are_listed(database_url: str, connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO oban_producers (uuid, name, node, queue, meta, started_at, updated_at) "
        "VALUES (gen_random_uuid(), 'Oban', 'forge-1', 'badges', '{\"paused\": true}', "
        "timezone('UTC', now()), timezone('UTC', now()))"
    )
    result = call("doctor", DATABASE_URL=database_url)
    assert "Applications: worker on forge-1 (paused)\n" in result.stdout


def test_a_database_that_cannot_be_used_is_reported(empty_database_url: str) -> None:
    result = call("doctor", DATABASE_URL=empty_database_url)
    assert result.returncode == 1
    assert re.search(r"Database: .*run `bin/badge-forge db migrate`\n", result.stdout)
    result = call("doctor", DATABASE_URL="postgresql://me@127.0.0.1:9/none")
    assert result.returncode == 1
    assert "Database: cannot " in result.stdout
    assert "Nothing is missing" not in result.stdout


def test_a_script_without_a_font_is_reported_with_its_package(
    on_latin_only: subprocess.CompletedProcess[str],
) -> None:
    lines = on_latin_only.stdout.splitlines()
    assert on_latin_only.returncode == 1
    assert f"  Thai (สมชาย): not drawn, install {package_of('Thai')}" in lines
    assert f"  Han (王小明): not drawn, install {package_of('Han')}" in lines
    assert f"  emoji (🦊👋): not drawn, install {package_of('emoji')}" in lines
    assert "  Latin (Łęṣß): drawn" in lines
    assert re.match(r"Fonts: \d+ of \d+ scripts can't be drawn: .* and \d+ more", lines[1])


def test_the_last_line_is_one_command_that_installs_everything_missing(
    on_latin_only: subprocess.CompletedProcess[str],
) -> None:
    last = on_latin_only.stdout.splitlines()[-1]
    assert re.search(
        r"(run: (sudo )?(apt-get install --yes|brew install) |these Debian packages: )", last
    )
    names = last.split()
    for script in ("Thai", "Han", "emoji"):
        assert names.count(package_of(script)) == 1


def test_a_machine_without_any_font_is_reported(tmp_path: Path) -> None:
    result = run("doctor", "--all", **fonts_of(tmp_path / "none", tmp_path))
    assert (result.returncode, result.stderr) == (1, "")
    assert f"Latin (Łęṣß): not drawn, install {package_of('Latin')}" in result.stdout


@ON_LINUX
def test_a_missing_harfbuzz_subset_is_reported(tmp_path: Path, latin_only: dict[str, str]) -> None:
    (tmp_path / "libharfbuzz-subset.so.0").touch()
    result = run("doctor", LD_LIBRARY_PATH=str(tmp_path), **latin_only)
    assert result.returncode == 1
    assert "HarfBuzz-Subset is missing (install libharfbuzz-subset0)\n" in result.stdout
    assert "libharfbuzz-subset0" in result.stdout.splitlines()[-1]


@ON_LINUX
def test_a_missing_pango_is_reported_without_a_font_check(tmp_path: Path) -> None:
    (tmp_path / "libpango-1.0.so.0").touch()
    result = run("doctor", LD_LIBRARY_PATH=str(tmp_path))
    assert (result.returncode, result.stderr) == (1, "")
    pango, fonts, *_areas, advice = result.stdout.splitlines()
    assert pango == "Libraries: Pango is missing (install libpango-1.0-0 libpangoft2-1.0-0)"
    assert fonts == "Fonts: can't be checked without Pango"
    assert "libpango-1.0-0 libpangoft2-1.0-0" in advice


@pytest.mark.parametrize(("environment", "colored"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_shows_a_table_in_colour_unless_no_color_is_set(
    environment: dict[str, str], colored: bool, latin_only: dict[str, str]
) -> None:
    environment = {"TERM": "xterm", "COLUMNS": "100"} | latin_only | environment
    code, shown = on_a_terminal(command("doctor", "--all"), environment)
    assert code == 1
    assert re.search(rf"Thai.*สมชาย.*no.*{package_of('Thai')}", shown)
    assert "┃" in shown
    assert bool(COLOR.search(shown)) is colored


def test_output_is_coloured_on_a_terminal_only(
    on_latin_only: subprocess.CompletedProcess[str],
) -> None:
    assert "\x1b" not in on_latin_only.stdout
