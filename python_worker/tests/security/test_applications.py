"""Each application connects with its role, and none with the account of the owner."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from badge_forge.database.roles import Role
from badge_forge.settings import ROOT
from helpers import run

pytestmark = pytest.mark.usefixtures("elixir")

RECORD_WRITERS = """
CREATE TABLE written_by (login text, operation text, queue text);
CREATE FUNCTION record_writer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO written_by VALUES (session_user, TG_OP, NEW.queue);
    RETURN NEW;
END
$$;
CREATE TRIGGER record_writer AFTER INSERT OR UPDATE ON oban_jobs
    FOR EACH ROW EXECUTE FUNCTION record_writer();
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A separate `var/` with a running embedded database; neither Docker nor `DATABASE_URL`."""
    var = tmp_path_factory.mktemp("var")
    environment = {"BADGE_FORGE_VAR": str(var), "DOCKER_HOST": "tcp://127.0.0.1:1", "RENDERERS": "1"}
    try:
        assert run("db", "up", **environment).returncode == 0
        yield environment
    finally:
        run("db", "down", **environment)


@pytest.fixture
def written_by(environment: dict[str, str]) -> Iterator[Callable[[], set[tuple[str, str, str]]]]:
    """A function that returns which login wrote to which queue, as a trigger recorded it."""
    owner_url = run("db", "url", **environment).stdout.strip()
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(RECORD_WRITERS)
        yield lambda: set(owner.execute("SELECT DISTINCT * FROM written_by").fetchall())
        owner.execute("DROP TABLE written_by; DROP FUNCTION record_writer CASCADE")


def test_the_demo_writes_only_with_the_roles_of_its_applications(
    environment: dict[str, str], written_by: Callable[[], set[tuple[str, str, str]]]
) -> None:
    result = run("demo", "1", **environment)
    assert result.returncode == 0, result.stdout + result.stderr
    assert written_by() == {
        ("badge_forge_print_center", "INSERT", "badges"),
        ("badge_forge_worker", "UPDATE", "badges"),
        ("badge_forge_worker", "INSERT", "printing"),
        ("badge_forge_print_center", "UPDATE", "printing"),
    }
    log = Path(environment["BADGE_FORGE_VAR"]) / "log" / "postgres.log"
    assert "permission denied" not in log.read_text()


def test_the_enqueue_task_writes_as_the_print_center(
    environment: dict[str, str], written_by: Callable[[], set[tuple[str, str, str]]]
) -> None:
    url = run("db", "url", "--role", "print-center", **environment).stdout.strip()
    subprocess.run(
        ["mix", "badge_forge.enqueue", "1"],
        cwd=ROOT / "elixir_app",
        env=os.environ | environment | {"DATABASE_URL": url},
        check=True,
        capture_output=True,
    )
    assert written_by() == {("badge_forge_print_center", "INSERT", "badges")}


@pytest.mark.parametrize("role", Role)
def test_a_command_gets_the_url_of_its_role(role: Role, environment: dict[str, str]) -> None:
    result = run("db", "run", "--role", role, "--", "sh", "-c", "echo $DATABASE_URL", **environment)
    with psycopg.connect(result.stdout.strip()) as connection:
        assert connection.info.user == role.login
