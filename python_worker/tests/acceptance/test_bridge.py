"""Both applications on one table, with people in it that no demo invents."""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from badge_forge.demo.processes import Application, stopped_together
from badge_forge.settings import ROOT
from helpers import HANG_S, badge_args, enqueue, eventually, run, states, text_of

pytestmark = pytest.mark.usefixtures("elixir")


@pytest.fixture
def elixir_log(worker_url: str, print_center_url: str, tmp_path: Path) -> Iterator[Path]:
    """Run the worker and the Elixir app, started as by hand, each as its role; the log of the latter."""
    environment = os.environ | {"BADGE_FORGE_VAR": str(tmp_path)}
    of_worker = environment | {"DATABASE_URL": worker_url}
    of_app = environment | {"DATABASE_URL": print_center_url}
    worker, app = (sys.executable, "-m", "badge_forge", "worker"), ("mix", "run", "--no-halt")
    log = tmp_path / "elixir.log"
    applications = [
        Application("the worker", worker, ROOT, tmp_path / "worker.log", of_worker),
        Application("the app", app, ROOT / "elixir_app", log, of_app),
    ]
    with stopped_together(applications, grace_s=HANG_S):
        yield log


def test_a_name_that_attacks_gets_a_badge_that_shows_just_that_inside_the_folder(
    elixir_log: Path, connection: psycopg.Connection, tmp_path: Path
) -> None:
    args = badge_args(name="../../etc/passwd <b>x</b>")
    enqueue(connection, args)
    eventually(lambda: states(connection, "printing") == {"completed": 1})
    (path,) = (tmp_path / "badges").iterdir()
    assert path.name == f"etc-passwd-b-x-b-{args['id']}.pdf"
    assert "../../etc/passwd<b>x</b>" in text_of(path).replace(" ", "")
    assert (tmp_path / "spool" / f"{args['id']}.pdf").exists()
    assert f"Printing badge {args['id'][:8]} for ../../etc/passwd <b>x</b>: {path}" in (
        elixir_log.read_text()
    )


def test_a_line_break_in_a_name_makes_no_second_line_in_the_log(
    elixir_log: Path, connection: psycopg.Connection
) -> None:
    enqueue(connection, badge_args(name="Ada\n[info] Printing badge for free"))
    eventually(lambda: states(connection, "printing") == {"completed": 1})
    assert elixir_log.read_text().count("\n[info] Printing badge") <= 1
    assert "\n[info] Printing badge for free" not in elixir_log.read_text()


def test_people_of_every_script_get_through(
    elixir_log: Path, connection: psycopg.Connection, tmp_path: Path
) -> None:
    names = ["Nguyễn Thị Ánh", "İsmail Öztürk", "Łukasz Żółć", "Ελένη", "Борис", "Zoë"]
    enqueue(connection, *(badge_args(name=name) for name in names))
    eventually(lambda: states(connection, "printing") == {"completed": len(names)})
    shown = " ".join(text_of(path) for path in (tmp_path / "badges").iterdir())
    assert [name for name in names if name not in shown] == []


def test_a_confirmation_from_outside_the_folder_is_cancelled_not_printed(
    elixir_log: Path, connection: psycopg.Connection, tmp_path: Path
) -> None:
    args = badge_args()
    outside = tmp_path / f"outside-{args['id']}.pdf"
    outside.write_bytes(b"%PDF-1.7")
    sha256 = hashlib.sha256(outside.read_bytes()).hexdigest()
    enqueue(
        connection,
        {"id": args["id"], "name": args["name"], "path": str(outside), "sha256": sha256},
        queue="printing",
        worker="BadgeForge.PrintCenter",
    )
    eventually(lambda: states(connection, "printing") == {"cancelled": 1})
    assert not list(tmp_path.glob("spool/*.pdf"))


def test_printing_that_is_paused_stays_so_until_it_is_resumed(
    elixir_log: Path, connection: psycopg.Connection, worker_url: str
) -> None:
    enqueue(connection, badge_args())
    eventually(lambda: states(connection, "printing") == {"completed": 1})
    paused = run("pause", "printing", DATABASE_URL=worker_url)
    assert paused.returncode == 0, paused.stderr
    assert paused.stderr.startswith("printing: paused on ")
    enqueue(connection, badge_args())
    eventually(lambda: states(connection, "printing") == {"completed": 1, "available": 1})
    with pytest.raises(AssertionError):  # a second and a half is more than a poll
        eventually(lambda: states(connection, "printing") == {"completed": 2}, within_s=1.5)
    resumed = run("resume", "printing", DATABASE_URL=worker_url)
    assert resumed.returncode == 0, resumed.stderr
    eventually(lambda: states(connection, "printing") == {"completed": 2})
