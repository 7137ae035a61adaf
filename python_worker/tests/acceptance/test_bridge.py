"""Both applications on one table, with attendees that the demo does not have."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pypdfium2
import pytest

from badge_forge.checks.design import check
from badge_forge.database.roles import Role, role_url
from badge_forge.demo.processes import Application, stopped_together
from badge_forge.designs.design import Design
from badge_forge.rendering.renderer import Renderer
from badge_forge.settings import ROOT
from helpers import HANG_S, badge_args, call, enqueue, eventually, make_event, states, text_of

GERMAN_EVENT = """
name = "Nordlicht 2027"
place = "Kiel"
starts_on = 2027-05-12
ends_on = 2027-05-14
locale = "de"
design = "nordlicht"

[types]
teilnahme = { label = "Teilnehmer/in" }
ausstellung = { label = "Aussteller/in", color = "#f2b632", pattern = "stripes" }
presse = { label = "Presse", color = "#7a3e9d", pattern = "dots" }
helfen = { label = "Freiwillige/r", color = "#2f7d32", pattern = "bars" }
sponsor = { label = "Förderer", color = { rgb = "#d9822b", cmyk = [10, 55, 90, 5] }, pattern = "zigzag" }
referent-in = { label = "Referent/in", color = "#c8261c", pattern = "arrows" }
orga = { label = "Orga-Team", color = "#12233f", pattern = "squares" }

[fields]
table = { label = "Tisch" }
track = { label = "Strang" }
diet = { printed = false }
"""

GREEN = (48, 160, 80)

pytestmark = pytest.mark.usefixtures("elixir")


class Bridge(NamedTuple):
    """Both applications, running with their roles, and the folders that they write to."""

    connection: psycopg.Connection
    badges: Path
    spool: Path
    elixir_log: Path

    def state_of_print(self, badge_id: str) -> str | None:
        """Return the state of a badge's print if it is final, else None."""
        row = self.connection.execute(
            "SELECT state::text FROM oban_jobs WHERE queue = 'printing' AND args->>'id' = %s"
            " AND state IN ('completed', 'cancelled', 'discarded')",
            [badge_id],
        ).fetchone()
        return row[0] if row else None

    def print(self, *names: str, **fields: Any) -> list[tuple[str, Path]]:
        """Enqueue badges, wait until they are printed, and return the id and the PDF of each."""
        badges = [badge_args(name=name, **fields) for name in names]
        enqueue(self.connection, *badges)
        ids = [args["id"] for args in badges]
        eventually(lambda: all(map(self.state_of_print, ids)))
        assert {self.state_of_print(badge_id) for badge_id in ids} == {"completed"}
        return [(badge_id, *self.badges.glob(f"*{badge_id}.pdf")) for badge_id in ids]


def make_german_design(folder: Path) -> Design:
    """Make the design `nordlicht`: `fold-a5` in German, with a field that only its template names."""
    made = call("design", "new", "nordlicht", "--from", "fold-a5", DESIGNS_DIR=str(folder))
    assert made.returncode == 0, made.stderr
    template = folder / "nordlicht" / "badge.html.jinja"
    text = template.read_text()
    for english, german in (
        ("This badge belongs to ", "Dieses Schild gehört "),
        ("Whom I met", "Wen ich getroffen habe"),
        ("What I take home", "{{ fit('Essen: ' ~ attendee.fields.diet, 120, 8, 13, what='the diet') }}"),
    ):
        assert english in text
        text = text.replace(english, german)
    template.write_text(text)
    return Design.load(folder / "nordlicht")


def colours(pdf: Path) -> set[tuple[int, ...]]:
    """Return the colours of the first page."""
    image = pypdfium2.PdfDocument(pdf)[0].render().to_pil().convert("RGB")
    return {colour for _count, colour in image.getcolors(2**24) or []}


@pytest.fixture(scope="module")
def bridge(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Run the worker and the Elixir app, started as by hand, for all tests of this module."""
    var = tmp_path_factory.mktemp("var")
    folders = {"EVENTS_DIR": str(var / "events"), "DESIGNS_DIR": str(var / "designs")}
    environment = os.environ | folders | {"BADGE_FORGE_VAR": str(var)}
    of_worker, of_app = (
        environment | {"DATABASE_URL": role_url(shared_database_url, role)}
        for role in (Role.WORKER, Role.PRINT_CENTER)
    )
    worker, app = (sys.executable, "-m", "badge_forge", "worker"), ("mix", "run", "--no-halt")
    log = var / "elixir.log"
    applications = [
        Application("the worker", worker, ROOT, var / "worker.log", of_worker),
        Application("the app", app, ROOT / "elixir_app", log, of_app),
    ]
    with (
        stopped_together(applications, grace_s=HANG_S),
        psycopg.connect(shared_database_url, autocommit=True) as connection,
    ):
        yield Bridge(connection, var / "badges", var / "spool", log)


def test_a_hostile_name_is_printed_literally_and_its_pdf_stays_in_the_folder(bridge: Bridge) -> None:
    ((badge_id, pdf),) = bridge.print("../../etc/passwd <b>x</b>")
    assert pdf.name == f"etc-passwd-b-x-b-{badge_id}.pdf"
    assert "../../etc/passwd<b>x</b>" in text_of(pdf).replace(" ", "")
    assert (bridge.spool / f"{badge_id}.pdf").exists()
    assert f"Printing badge {badge_id[:8]} for ../../etc/passwd <b>x</b>: {pdf}" in (
        bridge.elixir_log.read_text()
    )


def test_a_line_break_in_a_name_adds_no_log_line(bridge: Bridge) -> None:
    before = bridge.elixir_log.read_text()
    bridge.print("Ada\n[info] Printing badge for free")
    added = bridge.elixir_log.read_text().removeprefix(before)
    assert [line for line in added.splitlines() if "Printing badge" in line] == [added.strip()]


def test_names_in_several_scripts_are_printed(bridge: Bridge) -> None:
    names = ["Nguyễn Thị Ánh", "İsmail Öztürk", "Łukasz Żółć", "Ελένη", "Борис", "Zoë"]
    for name, (_badge_id, pdf) in zip(names, bridge.print(*names), strict=True):
        assert name in text_of(pdf)


def test_a_german_design_with_seven_types_fields_and_a_photo_is_checked_and_printed(
    bridge: Bridge,
) -> None:
    events, designs = (bridge.badges.parent / folder for folder in ("events", "designs"))
    event = make_event(events, GERMAN_EVENT, photo="grete.png")
    design = make_german_design(designs)
    renderer = Renderer(design, "pdf/x-4")
    errors = [
        finding.text
        for _name, found in islice(check(renderer, event), 10)
        for finding in found
        if finding.kind == "error"
    ]
    assert errors == []
    assert len(event.types) == 7
    for slug, declared in event.types.items():
        fields = {"table": "12", "track": "Verteilte Systeme", "diet": "vegan"}
        ((badge_id, pdf),) = bridge.print(
            "Grete Hermann", type=slug, event_slug="nordlicht", fields=fields, photo="grete.png"
        )
        text = text_of(pdf)
        for shown in (
            declared.label,
            "Nordlicht 2027",
            "Kiel · 12.–14. Mai 2027",
            "Tisch 12 · Strang Verteilte Systeme",
            "Dieses Schild gehört Grete Hermann",
            "Essen: vegan",
        ):
            assert str(shown) in text
        assert GREEN in colours(pdf)
        assert (bridge.spool / f"{badge_id}.pdf").read_bytes() == pdf.read_bytes()


def test_a_confirmation_of_a_file_outside_the_folder_is_cancelled_not_printed(
    bridge: Bridge, tmp_path: Path
) -> None:
    args = badge_args()
    outside = tmp_path / f"outside-{args['id']}.pdf"
    outside.write_bytes(b"%PDF-1.7")
    sha256 = hashlib.sha256(outside.read_bytes()).hexdigest()
    enqueue(
        bridge.connection,
        {"id": args["id"], "name": args["name"], "file": f"../{outside.name}", "sha256": sha256},
        queue="printing",
        worker="BadgeForge.PrintCenter",
    )
    assert eventually(lambda: bridge.state_of_print(args["id"])) == "cancelled"
    assert not (bridge.spool / f"{args['id']}.pdf").exists()


def test_a_caller_in_elixir_gets_the_pdf_of_the_badge_that_it_asks_for(
    bridge: Bridge, shared_database_url: str
) -> None:
    attendee = '%{name: "Ada Lovelace", company: "", type: "speaker"}'
    asked = subprocess.run(
        [
            "mix",
            "run",
            "-e",
            f"{{:ok, path}} = BadgeForge.ask({attendee}, {HANG_S * 1000}); IO.puts(path)",
        ],
        cwd=ROOT / "elixir_app",
        env=os.environ
        | {
            "BADGE_FORGE_VAR": str(bridge.badges.parent),
            "DATABASE_URL": role_url(shared_database_url, Role.PRINT_CENTER),
            "LOG_LEVEL": "error",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    path = Path(asked.stdout.splitlines()[-1])
    assert path.parent == bridge.badges
    assert "Ada Lovelace" in text_of(path)


def test_a_paused_printing_queue_stays_paused_until_it_is_resumed(
    bridge: Bridge, shared_database_url: str
) -> None:
    url = role_url(shared_database_url, Role.WORKER)
    bridge.print("Ada")  # both applications are at work
    paused = call("pause", "printing", DATABASE_URL=url)
    assert paused.returncode == 0, paused.stderr
    assert paused.stderr.startswith("printing: paused on ")
    args = badge_args()
    enqueue(bridge.connection, args)
    eventually(lambda: states(bridge.connection, "printing").get("available") == 1)
    with pytest.raises(AssertionError):  # a second and a half is more than a poll
        eventually(lambda: bridge.state_of_print(args["id"]), within_s=1.5)
    resumed = call("resume", "printing", DATABASE_URL=url)
    assert resumed.returncode == 0, resumed.stderr
    assert eventually(lambda: bridge.state_of_print(args["id"])) == "completed"
