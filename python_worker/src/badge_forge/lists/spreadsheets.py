"""Rows of a spreadsheet: XLSX, XLS, XLSB or ODS, read by calamine."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from badge_forge.errors import ListError
from badge_forge.lists.bounded_spreadsheet import require_bounded
from badge_forge.lists.cells import displayed

ZIP, COMPOUND_FILE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How XLSX, XLSB and ODS begin, and how XLS does."""


def is_spreadsheet(content: bytes) -> bool:
    """Tell whether the file with `content` is a spreadsheet, whatever its name is."""
    return content.startswith((ZIP, COMPOUND_FILE))


def sheet_rows(
    content: bytes, path: Path, name: str | None
) -> tuple[Iterator[list[str]], str, list[str]]:
    """Return the rows of a sheet, its name, and notes for the user.

    Without `name`, it is the first visible sheet that is not empty. Raises `ListError`.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    require_bounded(content, path)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except CalamineError as error:
        raise ListError(
            f"can't read {path} as a spreadsheet: {error}: save it without a password, or as CSV"
        ) from None
    names = workbook.sheet_names
    if name is not None and name not in names:
        raise ListError(f"{path} has no sheet {name!r}, it has: {', '.join(names)}")
    visible = [
        about.name for about in workbook.sheets_metadata if about.visible == SheetVisibleEnum.Visible
    ]
    filled = []
    for candidate in [name] if name is not None else visible or names:
        try:
            sheet = workbook.get_sheet_by_name(candidate)
        except CalamineError as error:
            raise ListError(f"can't read the sheet {candidate!r} of {path}: {error}") from None
        if sheet.height:
            filled.append(sheet)
    if not filled:
        raise ListError(f"{path} is empty: choose another file, or a sheet with --sheet")
    sheet, *others = filled
    notes = (
        [
            f"{path.name}: reading the sheet {sheet.name!r}; for another one, use --sheet "
            + " or --sheet ".join(repr(other.name) for other in others)
        ]
        if others
        else []
    )
    return _rows(sheet), sheet.name, notes


def _rows(sheet: Any) -> Iterator[list[str]]:
    """Yield all rows from the first of the sheet, so that they can be numbered."""
    for row in sheet.iter_rows():
        yield [displayed(value) for value in row]
