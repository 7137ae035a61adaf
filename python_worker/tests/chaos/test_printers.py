"""Paper is counted: badges to virtual printers and a CUPS while the app, cupsd and printers are killed.

The evidence is in the printers: a line in the file `sheets` of each for each sheet that came out.
"""

import itertools
import json
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from badge_forge.settings import VAR
from chaos.fault_run import SKIP_BACKOFF, FaultRun
from helpers import HANG_S, enqueue, eventually
from printers.office import TROUBLES, Cups, Office, VirtualPrinter, missing

pytestmark = pytest.mark.long

MEDIA = "na_index-4x6_4x6in"

DESKS = {
    "a": ["desk-1", "desk-2"],
    "b": ["desk-2", "desk-3"],
    "c": ["desk-3", "desk-1"],
    "wrong-paper": ["other-paper", "desk-2"],
    "office": ["cups"],
}
"""The desks and their printers. `other-paper` is desk-1 with paper that it does not have."""

PRINTS = """
SELECT args ->> 'id', state::text, coalesce(errors[array_upper(errors, 1)] ->> 'error', '')
FROM oban_jobs WHERE queue = 'printing'
"""

UNFINISHED = """
SELECT count(*) FROM oban_jobs
WHERE queue IN ('badges', 'printing') AND state NOT IN ('completed', 'cancelled', 'discarded')
"""


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    if why := missing():
        pytest.skip(why)
    # Not below pytest's folder, which only its owner may enter: cupsd runs its backends as lp.
    folder = Path("/var/tmp") / f"badge-forge-office-{time.monotonic_ns()}"
    with Office(folder) as office:
        yield office
    shutil.rmtree(folder)


@pytest.mark.parametrize(("badges", "kills"), [(500, 20)])
def test_each_badge_is_printed_once_or_reported_as_unknown(
    fault_run: FaultRun, office: Office, badges: int, kills: int
) -> None:
    desks = [office.add(f"desk-{number}") for number in (1, 2, 3)]
    cups = office.add_cups()
    enqueued = _enqueue(fault_run, badges)
    fault_run.deployment.start_app(PRINTERS=_configuration(desks, cups))
    fault_run.deployment.start_worker()

    killed = []
    with _troubles(desks, fault_run.rng):
        for kill in _kills(fault_run, desks, cups, kills):
            printed = _sheets(office)
            eventually(lambda: _sheets(office) >= min(printed + badges // kills // 2, badges - 20))  # noqa: B023
            time.sleep(fault_run.rng.random())
            killed.append(kill())
    _settle(fault_run)

    evidence = _audit(fault_run, office, enqueued)
    evidence |= {f"kills of {what}": times for what, times in sorted(Counter(killed).items())}
    _report(evidence)
    assert evidence["lost"] == evidence["doubled without a report"] == 0, evidence
    assert evidence["printed once"] + evidence["unknown"] == badges, evidence


def _enqueue(fault_run: FaultRun, count: int) -> set[str]:
    """Enqueue badges for the desks in turn; the queue of CUPS, which is slow, gets fewer."""
    order = itertools.cycle([*"abc" * 3, "wrong-paper", "office"])
    people = [fault_run._person() for _ in range(count)]
    with fault_run.connect() as connection, connection.transaction():
        for person in people:
            enqueue(connection, person, priority=1, meta=Jsonb({"desk": next(order)}))
    return {person["id"] for person in people}


def _configuration(desks: list[VirtualPrinter], cups: Cups) -> str:
    printers = {printer.name: {"uri": printer.uri, "media": MEDIA} for printer in desks}
    printers["other-paper"] = {"uri": desks[0].uri, "media": "iso_a5_148x210mm"}
    printers["cups"] = {"uri": cups.uri, "media": MEDIA}
    return json.dumps({"printers": printers, "desks": DESKS})


def _kills(
    fault_run: FaultRun, desks: list[VirtualPrinter], cups: Cups, times: int
) -> Iterator[Callable[[], str]]:
    def app() -> str:
        fault_run.deployment.kill("app")
        return "the Elixir app"

    def cupsd() -> str:
        cups.kill()
        time.sleep(fault_run.rng.random())
        cups.start()
        return "cupsd"

    def printer() -> str:
        chosen = fault_run.rng.choice(desks)
        chosen.kill()
        time.sleep(fault_run.rng.random())
        chosen.start()
        return "a printer"

    chosen = list(itertools.islice(itertools.cycle([app, cupsd, printer]), times))
    fault_run.rng.shuffle(chosen)
    yield from chosen


@contextmanager
def _troubles(desks: list[VirtualPrinter], rng: random.Random) -> Iterator[None]:
    """Let a random printer jam, run out of paper and the like, and clear it after some seconds."""
    ended = threading.Event()

    def trouble() -> None:
        while not ended.wait(rng.uniform(1, 4)):
            chosen = rng.choice(desks)
            chosen.trouble(rng.choice(TROUBLES))
            ended.wait(rng.uniform(2, 8))
            chosen.clear()

    thread = threading.Thread(target=trouble)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _sheets(office: Office) -> int:
    return sum(len(printer.lines()) for printer in office.printers)


def _settle(fault_run: FaultRun) -> None:
    def settled() -> bool:
        fault_run.execute(SKIP_BACKOFF)
        return fault_run.execute(UNFINISHED) == [(0,)]

    eventually(settled, 3 * HANG_S)


def _audit(fault_run: FaultRun, office: Office, enqueued: set[str]) -> dict[str, int]:
    """Compare the sheets with what the table says."""
    sheets = Counter(name for printer in office.printers for name in printer.sheets())
    prints = {badge: (state, error) for badge, state, error in fault_run.execute(PRINTS)}
    printed = {badge for badge, (state, _error) in prints.items() if state == "completed"}
    unknown = {badge for badge, (_state, error) in prints.items() if "unknown: check the tray" in error}
    unknown -= printed
    return {
        "badges": len(enqueued),
        "sheets": sum(sheets.values()),
        "printed once": sum(sheets[badge] == 1 for badge in printed),
        "unknown": len(unknown),
        "of these with a sheet": sum(sheets[badge] == 1 for badge in unknown),
        "of these with two": sum(sheets[badge] > 1 for badge in unknown),
        "doubled without a report": sum(sheets[badge] > 1 for badge in enqueued - unknown),
        "lost": sum(sheets[badge] == 0 for badge in enqueued - unknown),
        **{f"sheets of {one.name}": len(one.lines()) for one in office.printers},
    }


def _report(evidence: dict[str, int]) -> None:
    report = VAR / "chaos" / "printers.md"
    report.parent.mkdir(parents=True, exist_ok=True)
    lines = ["| | |", "| --- | --- |", *(f"| {name} | {count} |" for name, count in evidence.items())]
    report.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
