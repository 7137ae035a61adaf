"""`make dash` says in one line what is missing, instead of showing another database or nothing."""

import shutil
import subprocess
from pathlib import Path

from badge_forge.settings import ROOT


def dash(path: Path, **environment: str) -> str:
    """Run `bin/dash` with the commands of the folder `path` only, and return its one line of error."""
    for name in ("bash", "dirname"):
        (path / name).symlink_to(shutil.which(name) or "")
    result = subprocess.run(
        [ROOT / "bin" / "dash"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(path)} | environment,
    )
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    return result.stderr


def install_docker(path: Path, script: str) -> None:
    docker = path / "docker"
    docker.write_text(f"#!{shutil.which('sh')}\n{script}\n")
    docker.chmod(0o755)


def test_a_missing_container_engine_is_named(tmp_path: Path) -> None:
    assert dash(tmp_path).startswith(
        "dash: no container engine found: install Docker, or use `make watch`"
    )


def test_an_engine_that_does_not_answer_is_named(tmp_path: Path) -> None:
    install_docker(tmp_path, "exit 1")
    assert dash(tmp_path).startswith("dash: the container engine does not answer: start it")


def test_a_missing_compose_plugin_is_named(tmp_path: Path) -> None:
    install_docker(tmp_path, '[ "$1" = version ]')
    assert dash(tmp_path) == "dash: `docker compose` is missing: install Docker's Compose plugin\n"


def test_oban_web_of_compose_is_not_started_for_another_database(tmp_path: Path) -> None:
    install_docker(tmp_path, "exit 0")
    error = dash(tmp_path, DATABASE_URL="postgresql://secret@elsewhere/badges")
    assert error.startswith("dash: DATABASE_URL is set")
    assert "secret" not in error
