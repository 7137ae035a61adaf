"""Find the PDFs of selected badges in the badges folder."""

import os
import re
from pathlib import Path

from badge_forge.errors import SheetError
from badge_forge.sheets.badge_pdf import BadgeFacts, BadgePdf
from badge_forge.sheets.selection import Selected, Selection
from badge_forge.storage import Storage

BADGE_FILE = re.compile(r"-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.pdf$")


def badge_files(selected: Selected, selection: Selection, badges_dir: Path) -> dict[str, list[BadgePdf]]:
    """Return the PDFs of `selected` in its order, by design, in one group if all fit on one sheet.

    The key of one group for several designs is "". Counts in `selected.left_out` badges without a PDF,
    and, if everything was selected, PDFs whose job was pruned. Raises `SheetError` if there is no PDF.
    """
    storage = Storage(badges_dir)
    by_design: dict[str, list[BadgePdf]] = {}
    together = []
    for attendee in selected.attendees:
        path = storage.find(attendee)
        if not os.path.lexists(path):  # reading reports other problems
            selected.left_out.without_pdf += 1
            continue
        badge = BadgePdf(path)
        by_design.setdefault(attendee.design, []).append(badge)
        together.append(badge)
    if selection.everything:
        known = {attendee.id for attendee in selected.attendees} | selected.unfinished
        selected.left_out.pruned = sum(badge_id not in known for badge_id in _ids(storage.folder))
    if not together:
        raise SheetError(f"{selected.left_out}; there is nothing to place")
    return {"": together} if _one_shape(by_design) else by_design


def _ids(folder: Path) -> list[str]:
    """Return the ids of the badges that have a PDF in `folder`."""
    try:
        return [found[1] for path in folder.iterdir() if (found := BADGE_FILE.search(path.name))]
    except OSError:
        return []


def _one_shape(by_design: dict[str, list[BadgePdf]]) -> bool:
    """Tell whether badges of all designs fit on one sheet, by one badge of each."""
    if len(by_design) == 1:
        return True
    shapes = set()
    for badge, *_others in by_design.values():
        with badge.open() as pdf:
            shapes.add(BadgeFacts.of(pdf).shape)
    return len(shapes) == 1
