"""What an event's printers lack is told in advance, in one line each."""

from pathlib import Path

import pytest

from badge_forge.checks.printers import findings, size_mm
from badge_forge.designs.design import SHIPPED, Design
from badge_forge.events.event import Event
from badge_forge.events.printers import Printer, configuration
from badge_forge.jobs.printers import Printers, PrinterState

MEDIA = "iso_a6_105x148mm"

FINE = PrinterState(
    name="desk-1",
    media=MEDIA,
    state="idle",
    media_supported=[MEDIA, "iso_a4_210x297mm"],
    media_ready=[MEDIA],
    sides_supported=["one-sided"],
    pdf=True,
    dpi=[300, 600],
)


def event(**printer: str) -> Event:
    wanted = Printer.model_validate({"uri": "ipp://desk.example/ipp/print", "media": MEDIA} | printer)
    return Event.model_construct(
        slug="my-conf",
        name="My Conf",
        printers={"desk-1": wanted},
        desks={"welcome": ("desk-1",)},
        folder=Path("none"),
    )


def told(printer: PrinterState, wanted: Event | None = None, design: str = "a6") -> list[str]:
    answer = Printers(printers=[printer], desks={"welcome": ["desk-1"]})
    return list(findings(wanted or event(), [Design.load(SHIPPED / design)], answer))


def test_a_printer_with_all_that_the_event_needs_has_no_findings() -> None:
    assert told(FINE) == []


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"state": None, "blocked": "does not answer: no answer"}, "does not answer: no answer"),
        ({"blocked": "paper jam"}, "paper jam"),
        ({"pdf": False}, "does not print PDF: use a queue of CUPS for it"),
        ({"media_ready": ["iso_a4_210x297mm"]}, f"has not loaded {MEDIA}, but iso_a4_210x297mm"),
        ({"dpi": [203]}, "prints 203 dpi, and badges need 300"),
        ({"media": None}, "the print center has another media or sides for it: restart it"),
        (
            {"media_supported": ["iso_a4_210x297mm"], "media_ready": []},
            f"does not have the paper {MEDIA}, but iso_a4_210x297mm",
        ),
    ],
)
def test_what_a_printer_lacks_is_told(changes: dict[str, object], finding: str) -> None:
    assert told(FINE.model_copy(update=changes)) == [f"desk-1: {finding}"]


def test_paper_of_another_size_than_the_design_is_told() -> None:
    (finding,) = told(FINE, design="conf-4x6")
    assert finding.startswith(f"desk-1: the paper {MEDIA} is 105 × 148 mm, and a badge of the design")


def test_a_printer_that_takes_any_size_takes_this_one() -> None:
    bounds = ["custom_min_10x10mm", "custom_max_110x300mm"]
    assert told(FINE.model_copy(update={"media_supported": bounds})) == []
    assert told(FINE.model_copy(update={"media_supported": [bounds[0], "custom_max_90x90mm"]})) != []


def test_both_sides_are_required_of_the_printer() -> None:
    sides = "two-sided-long-edge"
    printer = FINE.model_copy(update={"sides": sides})
    assert told(printer, event(sides=sides)) == [f"desk-1: does not print {sides}, but one-sided"]


def test_a_print_center_with_other_printers_is_told() -> None:
    assert list(findings(event(), [], Printers(printers=[], instead="BadgeForge.Printer.Spool"))) == [
        "desk-1: the print center does not have it: restart it with the event's printers",
        "desk welcome: the print center has other printers for it: restart it",
    ]


@pytest.mark.parametrize(
    ("media", "size"),
    [
        ("na_index-4x6_4x6in", (101.6, 152.4)),
        ("custom_badge_86x54mm", (86, 54)),
        ("auto", None),
        ("x_1.2.3x4mm", None),
    ],
)
def test_the_name_of_a_paper_tells_its_size(media: str, size: tuple[float, float] | None) -> None:
    assert size_mm(media) == (size and pytest.approx(size))


def test_the_print_center_gets_only_what_the_event_sets() -> None:
    wanted = event(sides="one-sided")
    assert configuration(wanted.printers, wanted.desks) == (
        '{"printers": {"desk-1": {"uri": "ipp://desk.example/ipp/print", '
        f'"media": "{MEDIA}", "sides": "one-sided"}}}}, "desks": {{"welcome": ["desk-1"]}}}}'
    )
