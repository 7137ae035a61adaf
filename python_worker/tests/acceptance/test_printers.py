"""Commands about printers: the print center answers through the table, from virtual printers."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from badge_forge.database.roles import Role, role_url
from badge_forge.demo.processes import Application, stopped_together
from badge_forge.events.event import load_event
from badge_forge.events.printers import configuration
from badge_forge.jobs.wire import BADGE_FORGE_PRINTERS, PRINTERS
from badge_forge.settings import ROOT
from helpers import HANG_S, call, enqueue, eventually, examples
from printers.office import Office, VirtualPrinter, missing

pytestmark = pytest.mark.usefixtures("elixir")

START = "{:ok, _apps} = Application.ensure_all_started(:badge_forge)"

EVENT = """
name = "My Conf"
design = "conf-4x6"

[printers.desk-1]
uri = "{uri}"
media = "na_index-4x6_4x6in"

[printers.away]
uri = "ipp://127.0.0.1:1/ipp/print"

[desks]
welcome = ["desk-1", "away"]
"""


class Center(NamedTuple):
    """A print center with the printers of the event `my-conf`, and the environment of commands."""

    connection: psycopg.Connection
    printer: VirtualPrinter
    environment: dict[str, str]

    def call(self, *arguments: str) -> Any:
        """Call a command in this process."""
        return call(*arguments, **self.environment)


@pytest.fixture(scope="module")
def center(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    if why := missing():
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    var, events = tmp_path_factory.mktemp("var"), tmp_path_factory.mktemp("events")
    with Office(tmp_path_factory.mktemp("office")) as office:
        printer = office.add("desk-1")
        (events / "my-conf.toml").write_text(EVENT.format(uri=printer.uri))
        event = load_event("my-conf", events)
        folders = {"EVENTS_DIR": str(events), "SHEETS_DIR": str(var / "sheets")}
        app = Application(
            "the app",
            ("mix", "run", "--no-start", "--no-halt", "-e", START),
            ROOT / "elixir_app",
            var / "elixir.log",
            os.environ
            | folders
            | {
                "BADGE_FORGE_VAR": str(var),
                "DATABASE_URL": role_url(shared_database_url, Role.PRINT_CENTER),
                "PRINTERS": configuration(event.printers, event.desks),
            },
        )
        with (
            stopped_together([app], grace_s=HANG_S),
            psycopg.connect(shared_database_url, autocommit=True) as connection,
        ):
            yield Center(connection, printer, folders | {"DATABASE_URL": shared_database_url})


def test_printers_are_listed_with_what_they_say(center: Center) -> None:
    result = center.call("printers", "--timeout", str(HANG_S))
    assert result.returncode == 0, result.stderr
    away, desk = result.stdout.splitlines()
    assert away.startswith("away             does not answer: connection refused")
    assert desk.startswith("desk-1           idle, na_index-4x6_4x6in, Badge Forge Test")
    assert desk.endswith("desks welcome")


def test_printers_are_compared_with_the_event_in_advance(center: Center) -> None:
    result = center.call("printers", "check", "--event", "my-conf", "--timeout", str(HANG_S))
    assert (result.returncode, result.stdout) == (1, "away: does not answer: connection refused\n")


def test_sheets_are_printed_by_the_print_center(center: Center, tmp_path: Path) -> None:
    sheets = tmp_path / "sheets.pdf"
    sheets.write_bytes(b"%PDF-1.7\nsheets")
    result = center.call("print", str(sheets), "--printer", "desk-1")
    assert result.returncode == 0, result.stderr
    assert result.stderr.endswith("sheets.pdf: printed\n")
    assert "bytes=15" in center.printer.lines()[-1]
    assert list(Path(center.environment["SHEETS_DIR"]).iterdir()) == []


def test_a_printer_that_is_not_configured_is_refused_with_a_suggestion(
    center: Center, tmp_path: Path
) -> None:
    sheets = tmp_path / "sheets.pdf"
    sheets.write_bytes(b"%PDF-1.7\nsheets")
    result = center.call("print", str(sheets), "--printer", "desk-2")
    assert result.returncode == 1
    assert 'printer: there is no "desk-2", did you mean "desk-1"?' in result.stderr.replace("\\", "")


def test_hostile_questions_are_cancelled_and_print_nothing(center: Center) -> None:
    printed = len(center.printer.lines())
    whole = examples("printers", "valid")["print-sheets"]
    hostile = [
        {**whole, "printer": "ipp://127.0.0.1:1/x"},
        {**whole, "file": "../badges/" + whole["file"]},
        {**whole, "file": "/etc/passwd"},
        {**whole, "file": "other.pdf", "printer": "desk-1"},
        {**whole, "uri": "ipp://127.0.0.1:1/x"},
        {"ask": "print"},
        {"ask": "shutdown"},
    ]
    ids = enqueue(center.connection, *hostile, queue=PRINTERS, worker=BADGE_FORGE_PRINTERS)

    def states() -> set[str]:
        rows = center.connection.execute(
            "SELECT DISTINCT state::text FROM oban_jobs WHERE id = ANY (%s)", [ids]
        )
        return {state for (state,) in rows}

    eventually(lambda: states() == {"cancelled"})
    assert len(center.printer.lines()) == printed
