"""Remove what is known about the people of an event: rows, and files that Badge Forge has written."""

import json
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from psycopg import Connection

from badge_forge.jobs.heartbeat import INTERVAL_S
from badge_forge.jobs.signals import cancel
from badge_forge.jobs.statements import statement

EVENT_PEOPLE = statement(__package__, "event_people")
UNFINISHED_JOBS = statement(__package__, "unfinished_jobs")
FORGET_ROWS = statement(__package__, "forget_rows")

ROWS_AT_ONCE = 5000

ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHORT_ID = re.compile(r"\b[0-9a-f]{8}\b")
WORD = re.compile(r"\w+")


@dataclass
class Forgotten:
    """How much was removed. `left` are files that could not be."""

    people: int = 0
    rows: int = 0
    files: int = 0
    log_lines: int = 0
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Places:
    """Where files of people are. `shown` are folders whose files show people of any event."""

    badges: Path
    spool: Path
    rejected: Path
    shown: tuple[Path, ...]
    manifests: tuple[Path, ...]
    logs: Path


def people_of(connection: Connection, event: str) -> tuple[set[str], set[str]]:
    """Return ids and names of all people who have a row of `event`."""
    rows = connection.execute(EVENT_PEOPLE, {"event": event}).fetchall()
    ids = {badge_id for badge_id, _name in rows if badge_id and ID.fullmatch(badge_id)}
    return ids, {name for _id, name in rows if name and name.strip()}


def forget(connection: Connection, event: str, places: Places) -> Forgotten:
    """Cancel the jobs of `event`, delete its rows, and remove the files and log lines of its people.

    The connection must be in autocommit mode.
    """
    ids, names = people_of(connection, event)
    forgotten = Forgotten(people=len(ids))
    unfinished = connection.execute(UNFINISHED_JOBS, {"event": event}).fetchall()
    cancel(connection, [job_id for job_id, _executing in unfinished])
    if any(executing for _id, executing in unfinished):
        time.sleep(2 * INTERVAL_S)  # until the applications notice, they can still write a file
    while deleted := connection.execute(FORGET_ROWS, {"event": event, "limit": ROWS_AT_ONCE}).rowcount:
        forgotten.rows += deleted
    for path in _files(ids, places):
        _remove(path, forgotten)
    if places.rejected.exists():
        forgotten.files += sum(path.is_file() for path in places.rejected.rglob("*"))
        shutil.rmtree(places.rejected, ignore_errors=True)
    for path in _in_folder(places.logs, ".log"):
        _forget_lines(path, ids, names, forgotten)
    return forgotten


def _files(ids: set[str], places: Places) -> Iterator[Path]:
    for folder in (places.badges, places.spool):
        for path in _in_folder(folder, ".pdf"):
            if (found := ID.search(path.name)) and found[0] in ids:
                yield path
    for folder in places.shown:
        yield from (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    for folder in places.manifests:
        for manifest in _in_folder(folder, ".json"):
            if _is_manifest_of(manifest, ids):
                yield manifest.with_suffix("")  # the sheets, such as all.pdf of all.pdf.json
                yield manifest


def _is_manifest_of(path: Path, ids: set[str]) -> bool:
    try:
        content = json.loads(path.read_bytes())
        badges = content["badges"] if "sha256" in content else []
        return any(badge["id"] in ids for badge in badges)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _in_folder(folder: Path, suffix: str) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix == suffix and path.is_file()]
    except OSError:
        return []


def _remove(path: Path, forgotten: Forgotten) -> None:
    try:
        path.unlink()
        forgotten.files += 1
    except FileNotFoundError:
        pass
    except OSError as error:
        forgotten.left.append(f"{path}: {error.strerror or error}")


def _forget_lines(path: Path, ids: set[str], names: set[str], forgotten: Forgotten) -> None:
    """Remove the lines of a log with an id or a name. In place, since a program may append to it."""
    try:
        with path.open("r+", encoding="utf-8", errors="surrogateescape", newline="") as file:
            lines = file.readlines()
            short = {badge_id[:8] for badge_id in ids}
            by_word = _by_first_word(names)
            kept = [line for line in lines if not _tells(line, short, by_word)]
            if len(kept) < len(lines):
                file.seek(0)
                file.truncate()
                file.writelines(kept)
                forgotten.log_lines += len(lines) - len(kept)
    except OSError as error:
        forgotten.left.append(f"{path}: {error.strerror or error}")


def _by_first_word(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        word = WORD.search(name)
        found.setdefault(word[0] if word else "", []).append(name)
    return found


def _tells(line: str, short_ids: set[str], names: dict[str, list[str]]) -> bool:
    if not short_ids.isdisjoint(SHORT_ID.findall(line)):
        return True
    return any(name in line for word in set(WORD.findall(line)) for name in names.get(word, ()))
