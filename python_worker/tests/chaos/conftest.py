"""Fault tests: injected faults at random moments. The seed is printed, and SEED=… repeats a run.

`make test` runs the short tests, `make chaos` (CHAOS=1) all of them.
"""

import os
import random
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.database.throwaway import throwaway_database
from badge_forge.settings import VAR
from chaos.audit import Outcome
from chaos.deployment import Deployment
from chaos.fault_run import FaultRun
from helpers import still_alive

FULL = bool(os.environ.get("CHAOS"))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
os.environ["SEED"] = str(SEED)  # the worker processes of pytest-xdist inherit it

HEADINGS = (
    *("fault", "times", "badges", "lost", "doubled", "printed again", "torn", "stray", "given up"),
    "s until all was finished",
)

collect_ignore = (
    [] if FULL else ["test_faults.py", "test_network.py", "test_a_long_print.py", "test_printers.py"]
)


def pytest_report_header() -> str:
    return f"chaos: SEED={SEED}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    rows = [
        list(outcome.values())
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, outcome in report.user_properties
        if name == Outcome.__name__
    ]
    if not rows:
        return
    lines = [f"Seed {SEED}.", "", *(_line(row) for row in (HEADINGS, ["---"] * len(HEADINGS), *rows))]
    terminalreporter.section("chaos")
    terminalreporter.write_line("\n".join(lines))
    if FULL:
        report = VAR / "chaos" / f"{SEED}.md"
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text("\n".join(lines) + "\n")


def _line(cells: Any) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


@pytest.fixture(autouse=True)
def _needs_elixir(elixir: None) -> None:
    pass


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedDatabase]:
    """A separate, durable server, because the tests stop it."""
    with throwaway_database(durable=True) as database:
        yield database


@pytest.fixture
def url(server: EmbeddedDatabase, request: pytest.FixtureRequest) -> Iterator[str]:
    """A separate database for each fault."""
    name = sql.Identifier(database := re.sub(r"\W", "", request.node.name)[-60:])
    with closing(psycopg.connect(server.url, autocommit=True)) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    url = f"{server.url.rpartition('/')[0]}/{database}"
    migrate(url)
    prepare_roles(url)
    yield url
    server.start()
    with closing(psycopg.connect(server.url, autocommit=True)) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def deployment(tmp_path: Path, url: str) -> Iterator[Deployment]:
    """A deployment without applications. Those that a test starts are stopped at the end."""
    urls = (role_url(url, role) for role in (Role.WORKER, Role.PRINT_CENTER))
    with Deployment(tmp_path / "deployment", *urls) as deployment:
        yield deployment
        everything = deployment.everything()
    assert still_alive(everything) == []


@pytest.fixture
def fault_run(
    deployment: Deployment,
    server: EmbeddedDatabase,
    url: str,
    rng: random.Random,
    request: pytest.FixtureRequest,
) -> FaultRun:
    """A fault run with an empty deployment."""

    def record(outcome: Outcome) -> None:
        request.node.user_properties.append((Outcome.__name__, asdict(outcome)))

    return FaultRun(deployment, server, url, rng, record)
