"""The command line: exit codes, and one line per error."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import psycopg
import pytest

from badge_forge.cli import COMMANDS, badge_forge
from helpers import call, command, run


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("demo", "ten"),
        ("demo", "0"),
        ("demo", "-3"),
        ("worker", "--renderers", "0"),
        ("db", "sideways"),
        ("db", "run"),
    ],
)
def test_wrong_usage_exits_with_2_and_shows_the_usage(arguments: tuple[str, ...]) -> None:
    result = call(*arguments)
    assert result.returncode == 2
    assert "Usage: " in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "host=localhost", "postgresql://[/x"])
def test_an_invalid_database_url_is_reported_on_one_line(url: str) -> None:
    result = call("db", "migrate", DATABASE_URL=url)
    assert result.returncode == 1
    assert result.stderr == (
        "badge-forge: DATABASE_URL is not a PostgreSQL URL: it must look like "
        "postgresql://user:password@host:5432/database\n"
    )


def test_an_invalid_setting_is_reported_on_one_line() -> None:
    result = call("worker", RENDERERS="many")
    assert result.returncode == 1
    assert result.stderr.startswith("badge-forge: RENDERERS: ")
    assert len(result.stderr.splitlines()) == 1


def test_debug_shows_a_traceback() -> None:
    assert "Traceback" in run("--debug", "worker", RENDERERS="many").stderr


def test_a_given_database_is_not_stopped(database_url: str) -> None:
    result = call("db", "down", DATABASE_URL=database_url)
    assert (result.returncode, result.stdout) == (2, "")
    assert "does not stop a database that it did not start" in result.stderr


def test_url_prints_the_url_and_nothing_else(database_url: str) -> None:
    result = call("db", "url", DATABASE_URL=database_url)
    assert result.stdout == database_url + "\n"


def test_status_shows_migrations_and_jobs_but_no_password(database_url: str) -> None:
    result = call("db", "status", DATABASE_URL=database_url)
    assert result.returncode == 0
    assert re.search(r"migrations: [1-9][0-9]* applied, 0 pending", result.stdout)
    assert database_url.split(":")[2].split("@")[0] not in result.stdout


def test_status_lists_pending_migrations(empty_database_url: str) -> None:
    result = call("db", "status", DATABASE_URL=empty_database_url)
    assert "pending: 0001.create-oban-jobs (run `bin/badge-forge db migrate`)" in result.stdout


def test_status_does_not_change_the_database(empty_database_url: str) -> None:
    call("db", "status", DATABASE_URL=empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchall() == []


def test_no_part_of_a_malformed_password_is_shown(empty_database_url: str) -> None:
    odd = re.sub(r":[^:@]+@", ":hunter2#x/y?z@", empty_database_url)
    result = call("db", "migrate", DATABASE_URL=odd)
    assert result.returncode == 1
    assert "hunter2" not in result.stdout + result.stderr


def test_an_empty_setting_counts_as_not_set(database_url: str) -> None:
    result = call("db", "status", DATABASE_URL=database_url, RENDERERS="", BADGES_DIR="", LOG_LEVEL="")
    assert result.returncode == 0


def test_psql_connects_to_the_database(database_url: str) -> None:
    result = run("db", "psql", "-Atc", "SELECT count(*) FROM oban_jobs", DATABASE_URL=database_url)
    assert result.stdout == "0\n"


def test_run_passes_on_the_url_and_the_exit_code(database_url: str) -> None:
    script = 'test -n "$DATABASE_URL" && echo given && exit 7'
    result = run("db", "run", "--", "sh", "-c", script, DATABASE_URL=database_url)
    assert (result.returncode, result.stdout) == (7, "given\n")


def test_run_gives_the_printers_of_an_event_to_the_command(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "my-conf.toml").write_text(
        'name = "My Conf"\n'
        '[printers.desk]\nuri = "ipp://desk.example/ipp/print"\n'
        '[desks]\nall = ["desk"]\n'
    )
    environment = {"DATABASE_URL": database_url, "EVENTS_DIR": str(tmp_path)}
    result = run("db", "run", "--event", "my-conf", "--", "sh", "-c", 'echo "$PRINTERS"', **environment)
    assert json.loads(result.stdout) == {
        "printers": {"desk": {"uri": "ipp://desk.example/ipp/print"}},
        "desks": {"all": ["desk"]},
    }


def test_run_does_not_migrate_a_given_database(empty_database_url: str) -> None:
    run("db", "run", "--", "true", DATABASE_URL=empty_database_url)
    assert "0 applied" in call("db", "status", DATABASE_URL=empty_database_url).stdout


def test_run_reports_a_command_that_does_not_exist(database_url: str) -> None:
    result = run("db", "run", "--", "no-such-command", DATABASE_URL=database_url)
    assert result.returncode == 1
    assert result.stderr == "badge-forge: can't run no-such-command: No such file or directory\n"


def test_the_command_works_from_anywhere(tmp_path: Path) -> None:
    result = subprocess.run(command("--version"), cwd=tmp_path, check=True, capture_output=True)
    assert b"badge-forge" in result.stdout or b"version" in result.stdout


def test_help_has_the_first_line_of_the_help_of_every_command() -> None:
    for name in badge_forge.list_commands(context := click.Context(badge_forge)):
        found = badge_forge.get_command(context, name)
        assert found is not None
        assert found.help is not None
        assert found.help.splitlines()[0] == COMMANDS[name][1]
    shown = " ".join(call("--help").stdout.split())
    assert all(f"{name} {summary}" in shown for name, (_module, summary) in COMMANDS.items())


def test_help_imports_no_command() -> None:
    code = (
        "import sys; from badge_forge.cli import COMMANDS, badge_forge\n"
        "badge_forge(['--help'], standalone_mode=False)\n"
        "modules = {f'badge_forge.cli.{module}' for module, _help in COMMANDS.values()}\n"
        "sys.exit(not modules.isdisjoint(sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_help_takes_at_most_three_tenths_of_a_second_of_cpu() -> None:
    """The least of several runs: on a busy machine, a run also pays for others' use of the caches."""

    def cpu_s() -> float:
        with subprocess.Popen(command("--help"), stdout=subprocess.DEVNULL) as process:
            _pid, process.returncode, usage = os.wait4(process.pid, 0)
        return usage.ru_utime + usage.ru_stime

    assert min(cpu_s() for _ in range(5)) <= 0.3


@pytest.mark.parametrize(
    ("arguments", "suggested"),
    [(("shet",), "sheet"), (("previw",), "preview"), (("db", "statuss"), "status")],
)
def test_a_mistyped_command_is_corrected(arguments: tuple[str, ...], suggested: str) -> None:
    result = call(*arguments)
    assert result.returncode == 2
    assert f"Did you mean '{suggested}'?" in result.stderr


@pytest.mark.parametrize(
    ("imports", "library"),
    [
        ("badge_forge.cli", "psycopg"),
        ("badge_forge.cli.jobs", "weasyprint"),
        # The worker process only distributes badges: the renderer processes import WeasyPrint.
        ("badge_forge.cli.worker, badge_forge.worker, badge_forge.logs", "weasyprint"),
    ],
)
def test_slow_imports_are_loaded_only_where_they_are_used(imports: str, library: str) -> None:
    code = f"import sys, {imports}; sys.exit({library!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
