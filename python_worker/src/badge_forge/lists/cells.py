"""Cells as texts, as a spreadsheet displays them."""

import datetime
from typing import Literal

Kind = Literal["number", "date", "time", "yes or no"]


class Untyped(str):
    """A cell that was not text in the spreadsheet: its text, and its `kind`.

    A spreadsheet turns 007 into 7, and 1-2 into a date, before the file is written.
    """

    kind: Kind

    def __new__(cls, text: str, kind: Kind) -> "Untyped":
        """Make a cell of `kind` that is displayed as `text`."""
        cell = super().__new__(cls, text)
        cell.kind = kind
        return cell


def kind_of(cell: str) -> Kind | None:
    """Return what a spreadsheet made of `cell`, or None if it is text."""
    return cell.kind if isinstance(cell, Untyped) else None


def displayed(value: object) -> str:
    """Return the text of a spreadsheet's cell with `value`, as calamine reads it."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return Untyped("TRUE" if value else "FALSE", "yes or no")
        case int():
            return Untyped(str(value), "number")
        case float():
            whole = value.is_integer() and abs(value) < 1e15
            return Untyped(str(int(value)) if whole else f"{value:.15g}", "number")
        case datetime.datetime():
            if value.time() == datetime.time():
                return Untyped(value.date().isoformat(), "date")
            return Untyped(value.isoformat(" ", "minutes"), "date")
        case datetime.date():
            return Untyped(value.isoformat(), "date")
        case _:
            return Untyped(str(value), "time")
