"""Measure what 50 open walls and 5 watches cost: the rate of batches with them, against without them."""

import json
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from badge_forge.database.roles import Role
from badge_forge.demo.processes import Application
from badge_forge.settings import cores
from benchmarks.applications import PYTHON_FOLDER, Site, sites
from benchmarks.figures import Bound, Figure, ratios
from benchmarks.run import Run
from benchmarks.terminals import terminals

PART = "views"
WALLS, WATCHES = 50, 5
BADGES = 1_000
WARM_UP = 100
HOST = "127.0.0.1"
GRACE_S = 30


def measure(run: Run) -> list[Figure]:
    """Print batches, in turn with and without open views."""
    walls, watches = run.size(WALLS, 5), run.size(WATCHES, 1)
    count = run.size(BADGES, 20)
    rates: dict[bool, list[float]] = {False: [], True: []}
    got: Counter[str] = Counter()
    with sites("views") as (site,), site.elixir() as elixir, site.worker(cores()) as worker:
        applications = (worker, elixir)
        _rate(site, run.size(WARM_UP, 4), applications)
        for number in run.rounds(5):
            run.say(f"round {number + 1}")
            # The order alternates, so that neither side always has the longer table.
            for viewed in (number % 2 == 0, number % 2 != 0):
                with _open_views(site, walls, watches) if viewed else nullcontext() as shown:
                    rates[viewed].append(_rate(site, count, applications))
                got.update(shown or {})
    each = ", ".join(f"{total // len(rates[True])} {name}" for name, total in sorted(got.items()))
    note = f"{walls} walls, {watches} watches, {count} badges a batch; the walls got {each} a batch"
    return [
        Figure(PART, "no view", "badges/s", tuple(rates[False])),
        Figure(PART, "with walls and watches", "badges/s", tuple(rates[True]), note=note),
        Figure(
            PART,
            "with walls and watches to no view",
            "times",
            ratios(rates[True], rates[False]),
            Bound("at least", 0.9),
            note=note,
        ),
    ]


def _rate(site: Site, count: int, applications: tuple[Application, ...]) -> float:
    return site.rate(site.enqueue(count), count, applications)


@contextmanager
def _open_views(site: Site, walls: int, watches: int) -> Iterator[Counter[str]]:
    """Serve a wall, and open it and watches. Yields a count of what they showed, complete at the end."""
    got: Counter[str] = Counter()
    port = str(free_port())
    with (
        _python(site, "badge_forge", "wall", "--port", port) as wall,
        _python(site, "benchmarks.open_walls", HOST, port, str(walls)) as clients,
        terminals(watches, "watch", **site.environment(Role.DASH)) as screens,
    ):
        site.wait_until(lambda: "open" in clients.log.read_text(), (wall, clients))
        site.wait_until(lambda: all(screen.drawn for screen in screens), (wall, clients))
        yield got
        for screen in screens:
            screen.require_running()
        wall.require_running()
        clients.require_running()
        clients.terminate()
        clients.require_success(GRACE_S)
        got.update(json.loads(clients.log.read_text().splitlines()[-1]))


def _python(site: Site, module: str, *arguments: str) -> AbstractContextManager[Application]:
    command = (sys.executable, "-m", module, *arguments)
    return site.running(module, Role.DASH, PYTHON_FOLDER, *command)


def free_port() -> int:
    """Return a port of this machine that is free now."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port
