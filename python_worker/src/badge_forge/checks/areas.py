"""Check what badges need besides libraries and fonts: Elixir, database, applications and disk."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from badge_forge.database.schema import check_database
from badge_forge.database.source import running
from badge_forge.database.url import connected, redact
from badge_forge.errors import BadgeForgeError
from badge_forge.jobs.signals import Producer, producers
from badge_forge.jobs.wire import BADGES, PRINTING
from badge_forge.settings import IN_CHECKOUT, Settings
from badge_forge.views.applications import KINDS, SILENT_AFTER_S

LEAST_FREE_MB = 500
"""Below this, the disk counts as full. 5,000 badges take 100 MB."""

ANSWER_TIMEOUT_S = 60


@dataclass(frozen=True)
class Area:
    """An area with its state in one line. If not `ok`, it keeps badges from being made."""

    name: str
    state: str
    ok: bool = True


def areas(settings: Settings) -> Iterator[Area]:
    """Yield the areas. Nothing is started or changed."""
    if IN_CHECKOUT:
        yield _elixir()
    yield from _database(settings)
    yield _disk(settings.badges_dir)


def _elixir() -> Area:
    if shutil.which("mix") is None:
        return Area("Elixir", "not installed; `make setup` installs it, and containers need none")
    result = subprocess.run(
        ["elixir", "--short-version"],
        capture_output=True,
        text=True,
        check=False,
        timeout=ANSWER_TIMEOUT_S,
        stdin=subprocess.DEVNULL,
    )
    if result.returncode:
        return Area("Elixir", "installed, but `elixir --version` fails: run it", ok=False)
    return Area("Elixir", result.stdout.strip())


def _database(settings: Settings) -> Iterator[Area]:
    """Yield the areas of the database and of the applications that use it."""
    try:
        database = running(settings)
        if database is None:
            yield Area("Database", "not running; the first application starts it")
            yield Area("Applications", "none runs")
            return
        asyncio.run(check_database(database.url))
        described = f"{database.name}, {redact(database.url)}"
        yield Area("Database", f"{described}: the schema is up to date")
        with connected(database.url) as connection:
            yield _applications(producers(connection, [BADGES, PRINTING]))
    except (BadgeForgeError, psycopg.Error) as error:
        yield Area("Database", str(error).splitlines()[0], ok=False)


def _applications(reported: list[Producer]) -> Area:
    live = [producer for producer in reported if producer.seen_ago_s <= SILENT_AFTER_S]
    nodes = [
        f"{KINDS[producer.queue]} on {producer.node}{' (paused)' if producer.paused else ''}"
        for producer in live
    ]
    return Area("Applications", ", ".join(nodes) or "none runs")


def _disk(folder: Path) -> Area:
    """Check the disk of `folder`, or of its nearest parent that exists."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free_mb = shutil.disk_usage(existing).free // 10**6
    state = f"{free_mb / 1000:,.1f} GB free for {folder}"
    if free_mb < LEAST_FREE_MB:
        return Area("Disk", f"{state}: make room", ok=False)
    return Area("Disk", state)
