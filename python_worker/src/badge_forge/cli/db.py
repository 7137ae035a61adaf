"""`bin/badge-forge db …`: start, stop, migrate and inspect the shared database."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click
import psutil
from psycopg.conninfo import make_conninfo

from badge_forge.cli import options
from badge_forge.cli.hangup import end_with_terminal
from badge_forge.cli.say import say, tell
from badge_forge.database import migrations
from badge_forge.database.embedded import binaries
from badge_forge.database.guard import guarded
from badge_forge.database.lease import bring_down, bring_up, leased
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.database.rules import register_queues
from badge_forge.database.source import (
    Database,
    GivenDatabase,
    application_url,
    require_running,
    running,
)
from badge_forge.database.throwaway import throwaway_database
from badge_forge.database.url import connected, parse, redact
from badge_forge.errors import DatabaseError, UsageError
from badge_forge.events.event import Event
from badge_forge.events.printers import configuration
from badge_forge.settings import COMMAND, Settings

COUNT_JOBS = """
SELECT queue, state, count(*) FROM oban_jobs GROUP BY queue, state ORDER BY queue, state
"""


as_role = click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    help="Use the role of an application instead of the owner's.",
)


@click.group()
def db() -> None:
    """Manage the shared PostgreSQL database.

    This is DATABASE_URL if it is set, otherwise Docker Compose if a Docker engine answers, otherwise an
    embedded server.
    """


@db.command()
def up() -> None:
    """Start and migrate the database. It runs until `db down`."""
    database = bring_up(Settings.load(), say)
    migrate_and_report(database)
    say(f"{database.name}: up at {redact(database.url)}")


@db.command()
def down() -> None:
    """Stop the database. Its data are kept."""
    settings = Settings.load()
    if settings.database_url is not None:
        raise UsageError(
            "DATABASE_URL is set, and Badge Forge does not stop a database that it did not start: "
            "unset DATABASE_URL to stop Badge Forge's own"
        )
    database = bring_down(settings)
    say(f"{database.name}: stopped" if database else "no database is running")


@db.command()
@as_role
def url(role: str | None) -> None:
    """Print the database's URL, including the password.

    \b
    Examples:
      badge-forge db url
      badge-forge db url --role print-center
    """
    owner_url = require_running(Settings.load()).url
    click.echo(role_url(owner_url, Role(role)) if role else owner_url)


@db.command()
def migrate() -> None:
    """Apply pending migrations, and register the queues of QUEUES_FILE. Safe to repeat."""
    with leased(Settings.load(), say) as database:
        migrate_and_report(database)


@db.command()
@click.option(
    "--own-server",
    is_flag=True,
    help="The server is for Badge Forge alone: close its other databases to roles without a grant.",
)
def roles(own_server: bool) -> None:
    """Create or update the role of each application. Safe to repeat.

    Only a database given by DATABASE_URL needs this: Badge Forge prepares the roles of its own
    databases. The grants are in db/roles.sql.
    """
    with leased(Settings.load(), say) as database:
        others = prepare_roles(
            database.url, own_server=own_server or not isinstance(database, GivenDatabase)
        )
        say(
            f"{', '.join(role.login for role in Role)} have access to {redact(database.url)}, other "
            f"roles need a grant; `{COMMAND} db url --role ROLE` prints a role's URL"
        )
        if others:
            say(
                f"they can also connect to {', '.join(others)}, as every role of the server: to prevent "
                "it, REVOKE CONNECT ON DATABASE … FROM PUBLIC and grant it to those who need it, or use "
                "--own-server"
            )


@db.command()
def status() -> None:
    """Show the database, its migrations, and its jobs."""
    database = running(Settings.load())
    if database is None:
        say(f"no database is running: run `{COMMAND} db up`")
        sys.exit(1)
    applied, pending = migrations.status(database.url)
    tell(f"{database.name}: {redact(database.url)}")
    tell(f"migrations: {len(applied)} applied, {len(pending)} pending")
    for name in pending:
        tell(f"  pending: {name} (run `{COMMAND} db migrate`)")
    if not pending:
        with connected(database.url) as connection:
            for queue, state, count in connection.execute(COUNT_JOBS):
                tell(f"{queue:>12} {state:<10} {count:>8}")


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the database. ARGUMENTS are passed to psql."""
    parts = parse(require_running(Settings.load()).url)
    # In the environment: a password on the command line is visible in the process list.
    os.environ["PGPASSWORD"] = parts.pop("password", "")
    os.execv(_psql(), ["psql", "--dbname", make_conninfo("", **parts), *arguments])  # noqa: S606


def _psql() -> Path | str:
    """Return the embedded server's psql, which suits every server, or the one on PATH."""
    try:
        return binaries() / "psql"
    except DatabaseError:
        found = shutil.which("psql")
        if found is None:
            raise DatabaseError("psql is not installed: install PostgreSQL's client") from None
        return found


@db.command(context_settings={"ignore_unknown_options": True})
@click.option("--throwaway", is_flag=True, help="Use a temporary server, deleted afterwards.")
@as_role
@options.event
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(throwaway: bool, role: str | None, event: Event | None, command: tuple[str, ...]) -> None:
    """Run COMMAND while the database is running.

    The database is migrated, and DATABASE_URL is its URL. If DATABASE_URL is already set, that database
    is used unchanged. With --event, PRINTERS has the printers and desks of that event.

    \b
    Examples:
      badge-forge db run --role print-center -- iex -S mix
      badge-forge db run --role print-center --event my-conf -- iex -S mix
      badge-forge db run --throwaway -- pytest
    """
    lease = throwaway_database() if throwaway else leased(Settings.load(), say)
    with lease as database:
        prepare_if_ours(database)
        url = application_url(database, Role(role)) if role else database.url
        environment = os.environ | {"DATABASE_URL": url}
        if event is not None and event.printers:
            environment["PRINTERS"] = configuration(event.printers, event.desks)
        sys.exit(_run(command, environment))


def migrate_and_report(database: Database) -> None:
    """Apply pending migrations and register the queues, and print what was new.

    Also prepares the roles unless DATABASE_URL is set.
    """
    for name in migrations.migrate(database.url):
        say(f"migrated: {name}")
    for queue in register_queues(database.url):
        say(f"registered: the queue {queue}")
    if not isinstance(database, GivenDatabase):
        prepare_roles(database.url, own_server=True)


def prepare_if_ours(database: Database) -> None:
    """Migrate the database and prepare its roles, unless it is given by DATABASE_URL."""
    if not isinstance(database, GivenDatabase):
        migrate_and_report(database)


def _run(command: tuple[str, ...], environment: dict[str, str]) -> int:
    """Run `command` and return its exit code. It ends with this process, even if that is killed.

    Forward SIGTERM and SIGHUP; Ctrl-C reaches it anyway.
    """
    # Before the command starts, since Ctrl-C may come at once. It would inherit SIG_IGN, but no handler.
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        raise DatabaseError(f"can't run {command[0]}: {error.strerror}") from error
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: process.terminate())
    end_with_terminal()
    with guarded("command", str(process.pid), str(psutil.Process(process.pid).create_time())):
        code = process.wait()
    return 128 - code if code < 0 else code
