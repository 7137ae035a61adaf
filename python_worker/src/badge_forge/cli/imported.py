"""What `badge-forge import` tells about a list, and about what it changes."""

from collections.abc import Sequence
from pathlib import Path

from psycopg import Connection

from badge_forge.cli.say import say, tell
from badge_forge.lists.known import printed
from badge_forge.lists.person import Problem
from badge_forge.lists.plan import Plan
from badge_forge.lists.reading import ReadList
from badge_forge.lists.types import TypesOfTickets
from badge_forge.text.text import counted, one_line

SHOWN_PROBLEMS, SHOWN_NAMES, SHOWN_TICKETS = 20, 20, 20
SHOWN_LENGTH = 60


def report_list(found: ReadList, file: Path, tickets: TypesOfTickets) -> None:
    """Tell what was read, which columns are which field, and which rows get no badge."""
    system = found.columns.system
    say(f"{file.name}: {found.format}" + (f", {system.title}" if system else ""))
    columns = (f"{name} = {_shown(found.columns.header(name))}" for name in found.columns.at)
    say(f"  {', '.join(columns)}")
    if found.columns.unused:
        say(f"  not used: {', '.join(map(_shown, found.columns.unused))}")
    for note in found.notes:
        say(f"note: {note}")
    for line in _lines(found.problems):
        tell(line)
    for line in _lines(found.warnings):
        say(f"note: {line}")
    for ticket, count in found.untyped.most_common(SHOWN_TICKETS):
        shown = _shown(ticket)
        say(
            f'note: {counted(count, "person has", "people have")} the ticket "{shown}", which no type '
            f'has, and so the type {tickets.lowest}; to change it: --type "{shown}"=TYPE'
        )
    parts = [counted(len(found.people), "person", "people")]
    if left_out := found.left_out.total():
        parts.append(f"{left_out} left out")
    if found.rejected:
        parts.append(f"{len(found.rejected)} rejected")
    say(f"{counted(found.rows, 'row')}: {', '.join(parts)}")
    for reason, count in found.left_out.most_common(SHOWN_NAMES):
        say(f"  {count} left out: {_shown(reason)}")
    if found.hardest:
        say("names to check: " + ", ".join(_shown(person.name) for person in found.hardest))


def report_plan(connection: Connection, plan: Plan, name: str, dry_run: bool) -> None:
    """Tell what the import of the list `name` changes."""
    renamed = plan.renamed
    touched = [*plan.gone, *(version.id for version in plan.changed)]
    on_paper = printed(connection, touched) if touched else set()
    for version in renamed[:SHOWN_NAMES]:
        again = " (already printed: it is printed again)" if version.id in on_paper else ""
        tell(f"renamed: {_shown(version.before or '')} → {_shown(version.args['name'])}{again}")
    for badge, gone in list(plan.gone.items())[:SHOWN_NAMES]:
        tell(f"cancelled: {_shown(gone)}" + (" (already printed)" if badge in on_paper else ""))
    parts = [f"{len(plan.new)} new"]
    if renamed:
        parts.append(_with_printed(f"{len(renamed)} renamed", [each.id for each in renamed], on_paper))
    if others := [version.id for version in plan.changed if not version.renamed]:
        parts.append(_with_printed(f"{len(others)} changed", others, on_paper))
    if plan.gone:
        parts.append(_with_printed(f"{len(plan.gone)} cancelled", list(plan.gone), on_paper))
    if plan.kept:
        parts.append(f"{plan.kept} missing or rejected, but kept")
    parts.append(f"{plan.unchanged} unchanged")
    if plan.differing:
        say(
            f"note: {counted(plan.differing, 'person has', 'people have')} other texts in another list "
            "of the event, where the type is as high: those are kept"
        )
    say(f"list {name}: {', '.join(parts)}" + ("; nothing was changed (--dry-run)" if dry_run else ""))


def _with_printed(text: str, ids: Sequence[str], on_paper: set[str]) -> str:
    count = sum(badge in on_paper for badge in ids)
    return f"{text} ({count} of them already printed)" if count else text


def _lines(problems: Sequence[Problem]) -> list[str]:
    lines = [
        f"{problem}, got {_shown(problem.value)!r}" if problem.value else str(problem)
        for problem in problems[:SHOWN_PROBLEMS]
    ]
    more = len(problems) - SHOWN_PROBLEMS
    return [*lines, f"and {more} more"] if more > 0 else lines


def _shown(text: str) -> str:
    return one_line(text, SHOWN_LENGTH)
