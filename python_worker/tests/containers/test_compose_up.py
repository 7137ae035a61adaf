"""`docker compose up --detach` starts everything: badges are made, nothing is lost, all is confined.

The tests share one stack, and leave it running. `bin/test containers` runs them.
"""

import json
import os
import random
import re
import shutil
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge.settings import ROOT
from containers.stack import APPLICATIONS, Stack, docker
from helpers import badge_args, eventually, run, states
from helpers import enqueue as insert

OWN = ("secret", "migrate", *APPLICATIONS)

UNFINISHED = """
SELECT count(*) FROM oban_jobs WHERE state NOT IN ('completed', 'cancelled', 'discarded')
"""

CONFIRMED = """
SELECT count(*), count(*) FILTER (WHERE badge.state = 'completed'), count(DISTINCT print.id),
    count(DISTINCT print.id) FILTER (WHERE print.state = 'completed')
FROM oban_jobs AS badge
LEFT JOIN oban_jobs AS print ON print.queue = 'printing' AND print.args ->> 'id' = badge.args ->> 'id'
WHERE badge.queue = 'badges' AND badge.meta ->> 'batch_id' = %s
"""

NODES = """
SELECT count(DISTINCT attempted_by[1]) FROM oban_jobs WHERE queue = 'badges' AND meta ->> 'batch_id' = %s
"""

WRONG_FILES = """
SELECT args ->> 'file' FROM oban_jobs
WHERE queue = 'printing' AND meta ->> 'batch_id' = %s AND NOT (args ->> 'sha256') = ANY (%s)
"""


def enqueue(stack: Stack, count: int) -> str:
    batch_id = str(uuid4())
    stack.rpc(f'BadgeForge.enqueue_batch({count}, batch_id: "{batch_id}")')
    return batch_id


def is_finished(connection: psycopg.Connection) -> bool:
    return connection.execute(UNFINISHED).fetchone() == (0,)


def sha256s(stack: Stack, folder: str) -> list[str]:
    listed = stack.run_in("elixir_app", "sh", "-c", f"sha256sum {folder}/*.pdf")
    return re.findall(r"^([0-9a-f]{64})  ", listed, re.MULTILINE)


def assert_all_printed(stack: Stack, connection: psycopg.Connection, batch_id: str, count: int) -> None:
    """Assert that each badge has one confirmation, and is in both folders with the confirmed bytes."""
    assert connection.execute(CONFIRMED, [batch_id]).fetchone() == (count,) * 4
    for folder in ("/data/badges", "/data/spool"):
        wrong = connection.execute(WRONG_FILES, [batch_id, sha256s(stack, folder)]).fetchall()
        assert wrong == [], folder


def test_ten_badges_are_enqueued_by_rpc_and_printed(stack: Stack) -> None:
    batch_id = enqueue(stack, 10)
    with stack.connect() as connection:
        eventually(lambda: is_finished(connection))
        assert_all_printed(stack, connection, batch_id, 10)


def test_the_demo_runs_in_containers_where_elixir_is_missing(stack: Stack, tmp_path: Path) -> None:
    for command in ("bash", "dirname", "docker", "mkdir", "od", "sed", "tr"):
        (tmp_path / command).symlink_to(str(shutil.which(command)))
    settings = {"COMPOSE_PROJECT_NAME": stack.project, **stack.settings, "BADGES": "3"}
    ours = {"PATH": str(tmp_path), "BADGE_FORGE_VAR": str(tmp_path / "var"), "DATABASE_URL": ""}
    made = subprocess.run(
        ["bash", "bin/demo"],
        cwd=ROOT,
        env=os.environ | settings | ours,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert "\nrendered 3/3, printed 3/3\n" in made.stdout
    assert len(list((tmp_path / "var/badges").glob("*.pdf"))) >= 3


def test_every_container_is_read_only_unprivileged_limited_and_not_root(stack: Stack) -> None:
    containers = stack.containers()
    assert len(containers) == len(OWN) + 1
    for container in containers:
        name, host, user = container["Name"], container["HostConfig"], container["Config"]["User"]
        assert re.match(r"\d+", user), name
        assert int(re.split(":", user)[0]) > 0, name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert not host["CapAdd"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert host["Memory"] > 0, name
        assert host["PidsLimit"] > 0, name


def test_an_image_is_not_larger_than_its_limit(stack: Stack) -> None:
    limits_mb = {"python_worker": 650, "elixir_app": 200, "migrate": 150}
    for service, limit_mb in limits_mb.items():
        (container,) = stack.containers(service)
        (image,) = json.loads(docker("image", "inspect", container["Image"]))
        assert image["Size"] < limit_mb * 10**6, service


@pytest.mark.parametrize("service", APPLICATIONS)
def test_an_application_can_write_its_own_volumes_and_tmp_only(stack: Stack, service: str) -> None:
    for folder in ("/", "/badge-forge", "/usr/local/bin", "/run/secret", "/var"):
        assert "touch: " in stack.run_in(service, "touch", f"{folder}/planted", check=False)
    stack.run_in(service, "touch", "/tmp/planted")


def test_the_elixir_app_cannot_write_badges(stack: Stack) -> None:
    refused = stack.run_in("elixir_app", "touch", "/data/badges/planted.pdf", check=False)
    assert "Read-only file system" in refused


def test_an_application_has_the_url_of_its_own_role_only(stack: Stack) -> None:
    for service, role in (("python_worker", "worker"), ("elixir_app", "print_center")):
        found = stack.run_in(
            service, "sh", "-c", "cat /run/*/url /run/*/password 2>/dev/null", check=False
        )
        assert re.findall(r"//(\w+):", found) == [f"badge_forge_{role}"]
        assert "\n" not in found.strip()


def test_an_application_is_in_a_network_without_a_way_out(stack: Stack) -> None:
    for container in stack.containers(*APPLICATIONS):
        assert list(container["NetworkSettings"]["Networks"]) == [f"{stack.project}_inside"]
    (network,) = json.loads(docker("network", "inspect", f"{stack.project}_inside"))
    assert network["Internal"]


def test_remote_shells_of_elixir_come_from_inside_of_its_container_only(stack: Stack) -> None:
    tables = stack.run_in("elixir_app", "cat", "/proc/net/tcp", "/proc/net/tcp6")
    # The state 0A is LISTEN. Addresses are in words of four bytes, the last byte of each first.
    listening = re.findall(r"^ *\d+: ([0-9A-F]+):[0-9A-F]{4} \S+ 0A ", tables, re.MULTILINE)
    assert listening
    ipv6_loopback = "01000000".rjust(32, "0")
    assert [each for each in listening if not each.endswith("7F") and each != ipv6_loopback] == []


def test_each_start_of_the_elixir_app_has_another_cookie(stack: Stack) -> None:
    cookies = set()
    for _start in range(2):
        cookies.add(stack.run_in("elixir_app", "cat", "/tmp/cookie"))
        stack.compose("restart", "elixir_app")
        stack.up()
    assert len(cookies) == 2
    assert "No such file" in stack.run_in("elixir_app", "ls", "releases/COOKIE", check=False)


def test_doctor_in_the_worker_image_reports_every_script_as_drawn(stack: Stack) -> None:
    assert "Nothing is missing" in stack.run_in("python_worker", "badge-forge", "doctor")


def test_an_application_without_its_database_is_unhealthy(stack: Stack) -> None:
    observed = (*APPLICATIONS, "wall")
    stack.up(*observed)
    stack.compose("stop", "postgres")

    def health() -> set[str]:
        return {each["State"]["Health"]["Status"] for each in stack.containers(*observed)}

    eventually(lambda: health() == {"unhealthy"})
    stack.up(*observed)
    assert health() == {"healthy"}
    stack.compose("rm", "--stop", "--force", "wall")


def test_three_workers_share_500_badges(stack: Stack) -> None:
    stack.up("--scale", "python_worker=3")
    batch_id = enqueue(stack, 500)
    with stack.connect() as connection:
        eventually(lambda: is_finished(connection))
        assert connection.execute(NODES, [batch_id]).fetchone() == (3,)
        assert_all_printed(stack, connection, batch_id, 500)


def test_containers_that_are_killed_at_random_while_badges_wait_lose_nothing(stack: Stack) -> None:
    stack.up("--scale", "python_worker=3")
    chance = random.Random(16)
    batch_id = str(uuid4())
    meta, count = Jsonb({"batch_id": batch_id}), 0
    for _fault in range(8):
        with stack.connect() as connection:
            badges = [badge_args() for _ in range(200)]
            insert(connection, *badges, meta=meta)
            count += len(badges)
            # Wait for jobs that are executing: a fault while nothing happens proves nothing.
            eventually(lambda: states(connection).get("executing"))
        victim = chance.choice(stack.containers("postgres", *APPLICATIONS))
        docker("kill", victim["Id"])
        docker("start", victim["Id"])
    with stack.connect() as connection:
        eventually(lambda: is_finished(connection))
        assert_all_printed(stack, connection, batch_id, count)


def test_a_worker_that_was_cut_off_continues_and_leaves_no_dead_session(stack: Stack) -> None:
    stack.up("--scale", "python_worker=3")
    network = f"{stack.project}_inside"
    batch_id = str(uuid4())
    meta, count = Jsonb({"batch_id": batch_id}), 200
    victim = stack.containers("python_worker")[0]
    node, address = (
        victim["Config"]["Hostname"],
        victim["NetworkSettings"]["Networks"][network]["IPAddress"],
    )
    taken = "SELECT 1 FROM oban_jobs WHERE meta ->> 'batch_id' = %s AND attempted_by[1] LIKE %s"
    with stack.connect() as connection:

        def sessions() -> tuple[int]:
            query = "SELECT count(*) FROM pg_stat_activity WHERE client_addr = %s"
            (found,) = connection.execute(query, [address]).fetchall()
            return found

        assert sessions() > (0,)
        insert(connection, *(badge_args() for _ in range(count)), meta=meta)
        eventually(lambda: connection.execute(taken, [batch_id, f"{node}.%"]).fetchone())
        docker("network", "disconnect", network, victim["Id"])
        # By their role's keepalives: PostgreSQL's own limit is two hours.
        eventually(lambda: sessions() == (0,))
        docker("network", "connect", network, victim["Id"])
        more = str(uuid4())
        while not connection.execute(taken, [more, f"{node}.%"]).fetchone():
            insert(connection, badge_args(), meta=Jsonb({"batch_id": more}))
        eventually(lambda: is_finished(connection))
        assert_all_printed(stack, connection, batch_id, count)


def test_a_stop_in_the_middle_of_a_batch_is_clean_and_loses_no_attempt(stack: Stack) -> None:
    stack.up("--scale", "python_worker=3")
    batch_id = enqueue(stack, 500)
    with stack.connect() as connection:
        eventually(lambda: not is_finished(connection))
    for services in (APPLICATIONS, ("postgres",)):
        containers = stack.containers(*services)
        grace_s = max(container["Config"]["StopTimeout"] for container in containers)
        started_at = time.monotonic()
        stack.compose("stop", *services)
        # Docker would have killed them after that, and Compose stops services one after another.
        assert time.monotonic() - started_at < len(services) * grace_s
        for container in stack.containers(*services):
            assert container["State"]["ExitCode"] == 0, container["Name"]
            assert not container["State"]["OOMKilled"]
    stack.up("--scale", "python_worker=3")
    with stack.connect() as connection:
        eventually(lambda: is_finished(connection))
        assert_all_printed(stack, connection, batch_id, 500)
        retried = "SELECT max(attempt) FROM oban_jobs WHERE meta ->> 'batch_id' = %s"
        assert connection.execute(retried, [batch_id]).fetchone() == (1,)


def test_a_lost_secret_is_one_line_with_the_command_that_recovers(stack: Stack) -> None:
    stack.compose("down")
    docker("volume", "rm", f"{stack.project}_secret")
    assert 'service "migrate" didn\'t complete successfully' in stack.compose(
        "up", "--detach", check=False
    )
    log = stack.compose("logs", "--no-log-prefix", "migrate").strip()
    commands = re.search(
        r"which was lost or replaced: run `docker compose (.+)`, then `docker compose up -d`$", log
    )
    assert commands, log
    assert "\n" not in log
    stack.compose(*commands[1].replace("exec", "exec --no-TTY").split())
    stack.up()
    batch_id = enqueue(stack, 10)
    with stack.connect() as connection:
        eventually(lambda: is_finished(connection))
        assert_all_printed(stack, connection, batch_id, 10)


def test_commands_outside_of_containers_use_the_database_and_do_not_stop_it(stack: Stack) -> None:
    environment = {"COMPOSE_PROJECT_NAME": stack.project, "POSTGRES_PORT": str(stack.port)}
    status = run("db", "status", **environment)
    assert f"compose: 127.0.0.1:{stack.port}/badge_forge\n" in status.stdout
    down = run("db", "down", **environment)
    assert down.returncode == 1
    assert "in use by a worker, a demo, an iex session or containers: stop them first" in down.stderr
