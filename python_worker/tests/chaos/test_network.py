"""A worker that is cut off from the network: `make chaos`."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.roles import Role, role_url
from badge_forge.database.throwaway import throwaway_database
from chaos.deployment import Deployment
from chaos.fault_run import FaultRun
from chaos.network import ADDRESS, SUBNET, Network, network
from helpers import eventually, still_alive, unhurried_clock

pytestmark = pytest.mark.long

WORKERS = ("one", "two", "three")
CUT_S = 90
RESUMED_WITHIN_S = 5
NO_SESSION_AFTER_S = 60

SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE client_addr = %s::inet"

COMPLETED_BY = """
SELECT count(*) FROM oban_jobs
WHERE queue = 'badges' AND state = 'completed' AND attempted_by[1] LIKE %s
"""

Cut = Callable[[Network, str, bool], None]


def pull_the_cable(hosts: Network, host: str, cut: bool) -> None:
    hosts.set_link(host, "down" if cut else "up")


def drop_packets(hosts: Network, host: str, cut: bool) -> None:
    hosts.drop_packets(host, cut)


@pytest.fixture(scope="module")
def hosts() -> Iterator[Network]:
    with network(*WORKERS, "app") as created:
        yield created


@pytest.fixture(scope="module")
def server(hosts: Network) -> Iterator[EmbeddedDatabase]:
    """A durable server that the hosts reach."""
    with throwaway_database(durable=True) as database:
        data = database.folder / "data"
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(f"listen_addresses = '127.0.0.1,{ADDRESS}'\n")
        with (data / "pg_hba.conf").open("a") as access:
            access.write(f"host all all {SUBNET} scram-sha-256\n")
        database.stop()
        database.start()
        yield database


@pytest.fixture
def deployment(tmp_path: Path, url: str) -> Iterator[Deployment]:
    urls = [
        role_url(url, role).replace("127.0.0.1", ADDRESS) for role in (Role.WORKER, Role.PRINT_CENTER)
    ]
    with Deployment(tmp_path / "deployment", *urls, RENDERERS="1") as deployment:
        yield deployment
        everything = deployment.everything()
    assert still_alive(everything) == []


@pytest.mark.parametrize("cut", [pull_the_cable, drop_packets])
def test_a_worker_is_cut_off_for_90_seconds(cut: Cut, hosts: Network, fault_run: FaultRun) -> None:
    fault_run.enqueue(1500)
    fault_run.deployment.start_app(*hosts.prefix("app"))
    for name in WORKERS:
        fault_run.deployment.start_worker(name, *hosts.prefix(name))
    node = f"%.{fault_run.deployment.process('one').pid}"
    eventually(lambda: fault_run.execute(COMPLETED_BY, node)[0][0] > 10)
    fault_run.require_work()
    fault_run.fault(partial(cut, hosts, "one", True))
    cut_at = time.monotonic()
    with unhurried_clock() as clock:
        eventually(
            lambda: fault_run.execute(SESSIONS, hosts.address("one")) == [(0,)],
            NO_SESSION_AFTER_S,
            clock,
        )
    fault_run.await_rendered(1500)
    time.sleep(max(0.0, cut_at + CUT_S - time.monotonic()))  # the cut is what is tested
    before = fault_run.execute(COMPLETED_BY, node)[0][0]
    fault_run.enqueue(500)
    with unhurried_clock() as clock:
        cut(hosts, "one", False)
        eventually(lambda: fault_run.execute(COMPLETED_BY, node)[0][0] > before, RESUMED_WITHIN_S, clock)
        resumed_s = clock()
    fault_run.settle()
    print(f"resumed after {resumed_s:.1f} s")
    fault_run.judge(f"a worker cut off for {CUT_S} s: {cut.__name__.replace('_', ' ')}")
