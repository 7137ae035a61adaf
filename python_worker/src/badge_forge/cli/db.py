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
from badge_forge.database.source import Database, GivenDatabase, require_running, running
from badge_forge.database.throwaway import throwaway_database
from badge_forge.database.url import parse, redact
from badge_forge.errors import DatabaseError, UsageError
from badge_forge.settings import Settings

COUNT_JOBS = """
SELECT queue, state, count(*) FROM oban_jobs GROUP BY queue, state ORDER BY queue, state
"""


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
def url() -> None:
    """Print the database's URL, password included."""
    click.echo(require_running(Settings.load()).url)


@db.command()
def migrate() -> None:
    """Apply the migrations in db/migrations that are missing. Safe to run again."""
    with leased(Settings.load(), say) as database:
        migrate_aloud(database)


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
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(throwaway: bool, command: tuple[str, ...]) -> None:
    """Run COMMAND with the database up, migrated, and its URL in DATABASE_URL.

    \b
    Examples:
      badge-forge db run -- iex -S mix
      badge-forge db run --throwaway -- pytest
    """
    lease = throwaway_database() if throwaway else leased(Settings.load(), say)
    with lease as database:
        if not isinstance(database, GivenDatabase):
            migrate_aloud(database)
        sys.exit(_run(command, os.environ | {"DATABASE_URL": database.url}))


def migrate_aloud(database: Database) -> None:
    """Apply the migrations that are missing, and say which."""
    for name in migrations.migrate(database.url):
        say(f"migrated: {name}")


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
