"""Attack: read what Badge Forge makes as another user of the machine. Badges and logs name people."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from badge_forge.settings import ROOT
from badge_forge.sheets.writer import replacing
from helpers import badge_args, enqueue, eventually, run, running, states


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The umask of a user's shell, which makes files readable by all users."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def readable_by_others(folder: Path) -> list[Path]:
    """Return what other users can list or read in `folder`, by the mode of each file alone."""
    return [path for path in folder.rglob("*") if path.lstat().st_mode & 0o077 and not path.is_symlink()]


@pytest.mark.usefixtures("open_umask")
def test_another_user_can_read_nothing_that_the_worker_and_the_commands_write(
    database_url: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    var = tmp_path / "var"
    environment = {"DATABASE_URL": database_url, "BADGE_FORGE_VAR": str(var), "RENDERERS": "1"}
    enqueue(connection, badge_args())
    with running("worker", log=tmp_path / "worker.log", **environment):
        eventually(lambda: states(connection) == {"completed": 1})
    for arguments in (
        ["sheet", "--output", str(var / "sheet.pdf")],
        ["contact-sheet", "--output", str(var / "contact-sheet.pdf")],
        ["contact-sheet", "--output", str(var / "contact-sheet.png")],
        ["preview", "--output", str(var / "previews" / "ada.png")],
        ["printer", "set", "office", "--right", "20", "--down", "20", "--ruler", "160"],
    ):
        result = run(*arguments, **environment)
        assert result.returncode == 0, result.stderr
    made = [path for path in var.rglob("*") if path.is_file()]
    assert len(made) >= 6
    assert stat.S_IMODE(var.stat().st_mode) == 0o700
    assert readable_by_others(var) == []


@pytest.mark.usefixtures("open_umask")
def test_another_user_can_read_nothing_of_the_embedded_database(tmp_path: Path) -> None:
    """If root runs it, an access list lets PostgreSQL's user through, and shows as the group's x."""
    var = tmp_path / "var"
    environment = {"BADGE_FORGE_VAR": str(var)}
    try:
        result = run("db", "up", **environment)
        assert result.returncode == 0, result.stderr
        assert run("db", "status", **environment).returncode == 0
        assert [path for path in [var, *var.rglob("*")] if path.stat().st_mode & 0o067] == []
    finally:
        run("db", "down", **environment)


@pytest.mark.usefixtures("open_umask")
def test_a_sheet_is_private_where_all_users_can_read_the_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with replacing(tmp_path / "sheet.pdf") as file:
        file.write(b"%PDF-")
    assert readable_by_others(tmp_path) == []


def test_the_release_and_the_services_make_private_files() -> None:
    environment = (ROOT / "elixir_app" / "rel" / "env.sh.eex").read_text()
    assert "\numask 077\n" in environment
    for unit in (ROOT / "deploy" / "systemd").glob("*.service"):
        assert "\nUMask=0077\n" in unit.read_text(), unit
