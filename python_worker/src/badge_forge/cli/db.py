"""`bin/badge-forge db …`: bring the shared database up and down, migrate it, look into it."""

import os
import signal
import subprocess
import sys

import click
import psycopg

from badge_forge.cli.say import say
from badge_forge.database import migrations
from badge_forge.database.embedded import BIN
from badge_forge.database.lease import bring_down, bring_up, leased
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.database.source import (
    Database,
    GivenDatabase,
    application_url,
    require_running,
    running,
)
from badge_forge.database.throwaway import throwaway_database
from badge_forge.database.url import parse, redact
from badge_forge.errors import DatabaseError, UsageError
from badge_forge.settings import Settings

COUNT_JOBS = """
SELECT queue, state, count(*) FROM oban_jobs GROUP BY queue, state ORDER BY queue, state
"""


as_role = click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    help="Connect as an application does, not as the owner.",
)


@click.group()
def db() -> None:
    """The shared PostgreSQL database.

    DATABASE_URL if set, else compose if a Docker engine answers, else an embedded server.
    """


@db.command()
def up() -> None:
    """Bring the database up, and migrate it. It stays up until `db down`."""
    database = bring_up(Settings.load(), say)
    migrate_aloud(database)
    say(f"{database.name}: up at {redact(database.url)}")


@db.command()
def down() -> None:
    """Bring the database down. Its data stay."""
    settings = Settings.load()
    if settings.database_url is not None:
        raise UsageError("DATABASE_URL is set: that database is not Badge Forge's to stop")
    database = bring_down(settings)
    say(f"{database.name}: down" if database else "no database was up")


@db.command()
@as_role
def url(role: str | None) -> None:
    """Print the database's URL, password included: the owner's, or that of a role.

    \b
    Examples:
      badge-forge db url
      badge-forge db url --role print-center
    """
    owner_url = require_running(Settings.load()).url
    click.echo(role_url(owner_url, Role(role)) if role else owner_url)


@db.command()
def migrate() -> None:
    """Apply the migrations in db/migrations that are missing. Safe to run again."""
    with leased(Settings.load(), say) as database:
        migrate_aloud(database)


@db.command()
def roles() -> None:
    """Prepare the role of each application, as db/roles.sql has it. Safe to run again.

    Badge Forge's own databases have theirs without this; a database of DATABASE_URL gets them by it.
    """
    with leased(Settings.load(), say) as database:
        prepare_roles(database.url)
        say(
            f"{', '.join(role.login for role in Role)} may use {redact(database.url)}, and no one "
            "else without a grant; `bin/badge-forge db url --role ...` prints their URLs"
        )


@db.command()
def status() -> None:
    """Show which database it is, its migrations, and its jobs by queue and state."""
    database = running(Settings.load())
    if database is None:
        say("no database is up: run `bin/badge-forge db up`")
        sys.exit(1)
    applied, pending = migrations.status(database.url)
    click.echo(f"{database.name}: {redact(database.url)}")
    click.echo(f"migrations: {len(applied)} applied, {len(pending)} pending")
    for name in pending:
        click.echo(f"  pending: {name} (run `bin/badge-forge db migrate`)")
    if not pending:
        with psycopg.connect(database.url) as connection:
            for queue, state, count in connection.execute(COUNT_JOBS):
                click.echo(f"{queue:>12} {state:<10} {count:>8}")


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the database; ARGUMENTS go to psql."""
    parts = parse(require_running(Settings.load()).url)
    # By environment: a password on the command line shows in the process list.
    os.environ |= {
        "PGHOST": parts.get("host", ""),
        "PGPORT": parts.get("port", ""),
        "PGUSER": parts.get("user", ""),
        "PGPASSWORD": parts.get("password", ""),
        "PGDATABASE": parts.get("dbname", ""),
    }
    os.execv(BIN / "psql", ["psql", *arguments])  # noqa: S606 — no shell, on purpose


@db.command(context_settings={"ignore_unknown_options": True})
@click.option("--throwaway", is_flag=True, help="Use a new server, deleted afterwards, for tests.")
@as_role
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(throwaway: bool, role: str | None, command: tuple[str, ...]) -> None:
    """Run COMMAND with the database up, migrated, and its URL in DATABASE_URL.

    A DATABASE_URL that is set already is handed on as it is.

    \b
    Examples:
      badge-forge db run --role print-center -- iex -S mix
      badge-forge db run --throwaway -- pytest
    """
    lease = throwaway_database() if throwaway else leased(Settings.load(), say)
    with lease as database:
        prepare_if_ours(database)
        url = application_url(database, Role(role)) if role else database.url
        sys.exit(_run(command, os.environ | {"DATABASE_URL": url}))


def migrate_aloud(database: Database) -> None:
    """Apply the migrations that are missing, say which, and prepare the roles of a database of ours."""
    for name in migrations.migrate(database.url):
        say(f"migrated: {name}")
    if not isinstance(database, GivenDatabase):
        prepare_roles(database.url)


def prepare_if_ours(database: Database) -> None:
    """Make a database of ours ready to use; one of somebody else's stays as it is."""
    if not isinstance(database, GivenDatabase):
        migrate_aloud(database)


def _run(command: tuple[str, ...], environment: dict[str, str]) -> int:
    """Run `command` to its end. Ctrl-C is its affair; SIGTERM and a closed terminal are handed on."""
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        raise DatabaseError(f"can't run {command[0]}: {error.strerror}") from error
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: process.terminate())
    code = process.wait()
    return 128 - code if code < 0 else code
