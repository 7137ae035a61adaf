"""Select the badges for sheets from the completed jobs, and sort them."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from psycopg.rows import dict_row

from badge_forge.attendee import DEFAULT_DESIGN, Attendee
from badge_forge.database.url import connected
from badge_forge.errors import InputError, SheetError
from badge_forge.jobs.statements import statement
from badge_forge.sheets.badge_pdf import BadgeFacts, BadgePdf
from badge_forge.storage import Storage
from badge_forge.text.text import counted, unaccented

Order = Literal["queue", "name", "company", "type"]

SELECT_BADGES = statement(__package__, "select_badges")

SHOWN_IDS = 5
"""How many missing ids an error message lists."""


@dataclass(frozen=True)
class Selection:
    """Criteria for finished badges. An empty criterion matches all of them."""

    types: tuple[str, ...] = ()
    designs: tuple[str, ...] = ()
    batch: str | None = None
    ids: tuple[str, ...] = ()
    order: Order = "queue"


def attendees(selection: Selection, database_url: str) -> list[Attendee]:
    """Return the attendees whose finished badges match `selection`, in its order.

    Raises `SheetError` if no badge matches, or an id is missing, and `DatabaseError`.
    """
    with connected(database_url) as connection:
        rows = (
            connection.cursor(row_factory=dict_row)
            .execute(
                SELECT_BADGES,
                {
                    "types": list(selection.types) or None,
                    "designs": list(selection.designs) or None,
                    "default_design": DEFAULT_DESIGN,
                    "batch": selection.batch,
                    "ids": list(selection.ids) or None,
                },
            )
            .fetchall()
        )
    found = _sorted([attendee for row in rows if (attendee := _attendee(row["args"]))], selection)
    _require_all(found, selection)
    return found


def select(selection: Selection, database_url: str, badges_dir: Path) -> list[BadgePdf]:
    """Return the PDFs of the badges that match `selection`, in its order.

    Raises `SheetError` if no badge matches, if an id or a PDF is missing, or if the designs of the
    badges do not fit on one sheet.
    """
    found = attendees(selection, database_url)
    storage = Storage(badges_dir)
    paths = [storage.path_for(attendee) for attendee in found]
    missing = [path for path in paths if not os.path.lexists(path)]  # reading reports other problems
    if missing:
        raise SheetError(
            f"the PDF of {counted(len(missing), 'badge')} is missing, for example {missing[0]}: enqueue "
            "the badges again"
        )
    badges = [BadgePdf(path) for path in paths]
    _require_one_shape({attendee.design: badge for attendee, badge in zip(found, badges, strict=True)})
    return badges


def _attendee(args: object) -> Attendee | None:
    try:
        return Attendee.from_args(args if isinstance(args, dict) else {})
    except InputError:
        return None  # completed under an older contract


def _sorted(found: list[Attendee], selection: Selection) -> list[Attendee]:
    if selection.order == "queue":
        return found
    fields = {"name": ("name",), "company": ("company", "name"), "type": ("type", "name")}
    return sorted(
        found,
        key=lambda attendee: [unaccented(getattr(attendee, field)) for field in fields[selection.order]],
    )


def _require_all(found: list[Attendee], selection: Selection) -> None:
    unknown = set(selection.ids) - {attendee.id for attendee in found}
    narrowed = selection.types or selection.designs or selection.batch  # these may exclude ids
    if unknown and not narrowed:
        shown = ", ".join(sorted(unknown)[:SHOWN_IDS])
        raise SheetError(f"{counted(len(unknown), 'id')} without a finished badge: {shown}")
    if not found:
        raise SheetError("no finished badge matches: change the options, or enqueue badges")


def _require_one_shape(by_design: dict[str, BadgePdf]) -> None:
    """Raise `SheetError` if the designs, given by one badge of each, do not fit on one sheet."""
    if len(by_design) == 1:
        return
    shapes: dict[str, BadgeFacts] = {}
    for design, badge in by_design.items():
        with badge.open() as pdf:
            shapes[design] = BadgeFacts.of(pdf)
    if len({facts.shape for facts in shapes.values()}) > 1:
        found = ", ".join(f"{design} ({facts.described})" for design, facts in shapes.items())
        raise SheetError(f"{found} do not fit on one sheet: choose one with --design NAME")
