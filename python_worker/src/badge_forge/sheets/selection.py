"""Select the badges for sheets from the finished jobs, and sort them."""

from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from badge_forge.attendee import DEFAULT_DESIGN, Attendee
from badge_forge.database.url import connected
from badge_forge.errors import InputError, SheetError
from badge_forge.jobs.statements import statement
from badge_forge.sheets.left_out import LeftOut
from badge_forge.text.collation import sorted_by_text
from badge_forge.text.order import Order
from badge_forge.text.sort_names import family_name_first, without_titles
from badge_forge.text.text import counted
from badge_forge.views.job_states import FAILED

SELECT_BADGES = statement(__package__, "select_badges")
NEWEST_BATCH = statement(__package__, "newest_batch")

SHOWN_IDS = 5
"""How many missing ids an error message lists."""


@dataclass(frozen=True)
class Selection:
    """Criteria for finished badges. An empty criterion matches all of them.

    `latest` selects the newest batch. `locale` is the one whose order of letters sorts.
    """

    types: tuple[str, ...] = ()
    designs: tuple[str, ...] = ()
    batch: str | None = None
    ids: tuple[str, ...] = ()
    order: Order = "queue"
    locale: str | None = None
    latest: bool = False

    @property
    def everything(self) -> bool:
        """Tell whether there is no criterion."""
        return not (self.types or self.designs or self.batch or self.ids or self.latest)


@dataclass
class Selected:
    """Finished badges in the order of a selection, and how many more it matches.

    `batch` is the selected batch. `invented` counts the badges of invented people. `unfinished` has the
    ids of badges that match and have a job, but are not finished.
    """

    attendees: list[Attendee] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)
    batch: str | None = None
    invented: int = 0
    unfinished: set[str] = field(default_factory=set)


def select(selection: Selection, database_url: str) -> Selected:
    """Return the finished badges that match `selection`, in its order.

    Raises `SheetError` if there is none, or an id is missing, and `DatabaseError`.
    """
    with connected(database_url) as connection:
        if selection.latest:
            selection = replace(selection, batch=_newest_batch(connection))
        parameters = {
            "types": list(selection.types) or None,
            "designs": list(selection.designs) or None,
            "default_design": DEFAULT_DESIGN,
            "batch": selection.batch,
            "ids": list(selection.ids) or None,
        }
        rows = connection.cursor(row_factory=dict_row).execute(SELECT_BADGES, parameters).fetchall()
    selected = Selected(batch=selection.batch)
    for row in rows:
        _add(selected, row)
    selected.attendees = _sorted(selected.attendees, selection)
    _require_all(selected, selection)
    return selected


def _newest_batch(connection: Connection) -> str:
    row = connection.execute(NEWEST_BATCH).fetchone()
    if row is None:
        raise SheetError("no batch was enqueued yet: remove --latest, or enqueue badges")
    return str(row[0])


def _add(selected: Selected, row: dict[str, Any]) -> None:
    """Add a badge to `selected`, or count why it is left out."""
    if row["state"] != "completed":
        selected.unfinished.add(row["badge_id"])
        if row["state"] in FAILED:
            selected.left_out.failed += 1
        else:
            selected.left_out.waiting += 1
        return
    try:
        attendee = Attendee.from_args(row["args"] if isinstance(row["args"], dict) else {})
    except InputError:
        selected.unfinished.add(row["badge_id"])
        selected.left_out.outdated += 1
        return
    selected.attendees.append(attendee)
    selected.invented += bool(row["invented"])


def _sorted(found: list[Attendee], selection: Selection) -> list[Attendee]:
    texts = {
        "name": lambda attendee: (without_titles(attendee.name),),
        "family-name": lambda attendee: family_name_first(attendee.name),
        "company": lambda attendee: (attendee.company, without_titles(attendee.name)),
        "type": lambda attendee: (attendee.type, without_titles(attendee.name)),
    }
    if selection.order == "queue":
        return found
    return sorted_by_text(found, texts[selection.order], selection.locale)


def _require_all(selected: Selected, selection: Selection) -> None:
    unknown = set(selection.ids) - {attendee.id for attendee in selected.attendees}
    narrowed = selection.types or selection.designs or selection.batch  # these may exclude ids
    if unknown and not narrowed:
        shown = ", ".join(sorted(unknown)[:SHOWN_IDS])
        raise SheetError(f"{counted(len(unknown), 'id')} without a finished badge: {shown}")
    if not selected.attendees:
        more = f"; {selected.left_out}" if selected.left_out.total else ""
        raise SheetError(f"no finished badge matches: change the options, or enqueue badges{more}")
