"""Renders `docs/compatibility.md` from the columns."""

from typing import Any

from matrix.cells import ACTIONS, ACTORS

TESTS = "../python_worker/tests/matrix"

INTRODUCTION = f"""\
# Compatibility

What each Oban can do with the other's jobs and queues, on one table. Every cell is a test in
[`python_worker/tests/matrix`]({TESTS}), which runs both applications on a real PostgreSQL. This page is
written by those tests, not by hand:

    make matrix          # run the tests on the Oban for Elixir at hand, and write its column

A test asserts what its cell says, also a ✗. So an action that changes its behaviour, with a new version
of a library for example, fails the test. CI compares this page with the tests.

- **✓** works, if there is a number, with the caveat of that number below
- **✗** does not work, or does something else, as the note says
- **–** does not exist

The processes use what the applications use: their notifiers, queue watches, roles and schema. The queues
are the tests' own, `python` and `elixir`. For queues of the registry, migrations 0006 to 0012 add the
rules in [the shared table](../db/README.md#the-schema), such as the reason of a cancellation.
[Oban for Elixir](oban-for-elixir.md) says what the stand-in is.
"""


def render(columns: dict[str, Any]) -> str:
    """Return the page with `columns`, by name."""
    notes: dict[str, int] = {}
    lines = [INTRODUCTION, "## Versions", "", *_versions(columns), "", "## Actions", ""]
    headings = [f"{_name(column)}" for column in columns.values()]
    lines += [_line(["action", "who acts", *headings, "test"]), _line(["---"] * (3 + len(headings)))]
    for action in ACTIONS:
        for number, (actor, words) in enumerate(ACTORS.items()):
            cells = [column["cells"][f"{action}, {actor}"] for column in columns.values()]
            marks = [_mark(cell, notes) for cell in cells]
            lines.append(_line([f"**{action}**" if number == 0 else "", words, *marks, _test(cells)]))
    lines += ["", "## Notes", "", *(f"{number}. {note}" for note, number in notes.items()), ""]
    return "\n".join(lines)


def _versions(columns: dict[str, Any]) -> list[str]:
    kinds = list(next(iter(columns.values()))["versions"])
    rows = [list(column["versions"].values()) for column in columns.values()]
    return [_line(kinds), _line(["---"] * len(kinds)), *map(_line, rows)]


def _name(column: dict[str, Any]) -> str:
    oban = column["versions"]["Oban for Elixir"]
    return f"Oban {oban}" if oban[0].isdigit() else oban


def _mark(cell: dict[str, str], notes: dict[str, int]) -> str:
    if not cell["note"]:
        return cell["outcome"]
    number = notes.setdefault(cell["note"], len(notes) + 1)
    return f"{cell['outcome']} [{number}](#notes)"


def _test(cells: list[dict[str, str]]) -> str:
    file, _, name = cells[0]["test"].partition("::")
    return f"[`{name}`]({TESTS}/{file})"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
