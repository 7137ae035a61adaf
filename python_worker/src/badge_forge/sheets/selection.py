"""Which badges go on the sheets, and in which order: chosen from the finished jobs in the table."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.rows import dict_row

from badge_forge.attendee import DEFAULT_DESIGN, Attendee
from badge_forge.errors import InputError, SheetError
from badge_forge.jobs.statements import statement
from badge_forge.sheets.badge_pdf import BadgeFacts, BadgePdf
from badge_forge.storage import Storage

Order = Literal["queue", "name", "company", "type"]

SELECT_BADGES = statement(__package__, "select_badges")

SHOWN_IDS = 5


@dataclass(frozen=True)
class Selection:
    """What is wanted: all finished badges, or those of some types, of designs, of a batch, with ids."""

    types: tuple[str, ...] = ()
    designs: tuple[str, ...] = ()
    batch: str | None = None
    ids: tuple[str, ...] = ()
    order: Order = "queue"


def select(selection: Selection, database_url: str, badges_dir: Path) -> list[BadgePdf]:
    """Return the PDFs of the badges that `selection` wants, in its order.

    Raises `SheetError` if there are none, if an id is not there, if a PDF is missing, or if the designs
    do not go on one sheet.
    """
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        rows = connection.execute(
            SELECT_BADGES,
            {
                "types": list(selection.types) or None,
                "designs": list(selection.designs) or None,
                "default_design": DEFAULT_DESIGN,
                "batch": selection.batch,
                "ids": list(selection.ids) or None,
            },
        ).fetchall()
    attendees = _sorted([attendee for row in rows if (attendee := _attendee(row["args"]))], selection)
    _require_all(attendees, selection)
    storage = Storage(badges_dir)
    paths = [storage.path_for(attendee) for attendee in attendees]
    missing = [path for path in paths if not os.path.lexists(path)]  # what else is wrong, reading tells
    if missing:
        raise SheetError(
            f"{len(missing)} badges have no PDF any more, {missing[0]} for one: enqueue them again"
        )
    badges = [BadgePdf(path) for path in paths]
    _require_one_shape(
        {attendee.design: badge for attendee, badge in zip(attendees, badges, strict=True)}
    )
    return badges


def _attendee(args: object) -> Attendee | None:
    try:
        return Attendee.from_args(args if isinstance(args, dict) else {})
    except InputError:
        return None  # finished under an older contract: no badge that could be laid


def _sorted(attendees: list[Attendee], selection: Selection) -> list[Attendee]:
    if selection.order == "queue":
        return attendees
    fields = {"name": ("name",), "company": ("company", "name"), "type": ("type", "name")}
    return sorted(
        attendees,
        key=lambda attendee: [getattr(attendee, field).casefold() for field in fields[selection.order]],
    )


def _require_all(attendees: list[Attendee], selection: Selection) -> None:
    lost = set(selection.ids) - {attendee.id for attendee in attendees}
    narrowed = selection.types or selection.designs or selection.batch  # they leave some ids out
    if lost and not narrowed:
        shown = ", ".join(sorted(lost)[:SHOWN_IDS])
        raise SheetError(f"{len(lost)} of the ids have no finished badge: {shown}")
    if not attendees:
        raise SheetError("no finished badge is like that: nothing to lay on a sheet")


def _require_one_shape(by_design: dict[str, BadgePdf]) -> None:
    """Raise `SheetError` if badges of several designs, one of each, do not go on one sheet."""
    if len(by_design) == 1:
        return
    shapes: dict[str, BadgeFacts] = {}
    for design, badge in by_design.items():
        with badge.open() as pdf:
            shapes[design] = BadgeFacts.of(pdf)
    if len({facts.shape for facts in shapes.values()}) > 1:
        found = ", ".join(f"{design} ({facts.described})" for design, facts in shapes.items())
        raise SheetError(f"{found} do not go on one sheet: choose one with --design NAME")
