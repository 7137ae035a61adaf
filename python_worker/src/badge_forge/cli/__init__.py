"""The command line `badge-forge`."""

import logging
import os
import sys
from importlib import import_module
from keyword import iskeyword

import click

from badge_forge.cli.say import say
from badge_forge.errors import BadgeForgeError, UsageError
from badge_forge.text.text import escaped

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

COMMANDS = {
    "batch": ("batches", "Show one batch, and its failures by cause. --retry retries these."),
    "batches": ("batches", "List the newest batches: when, how many badges, which design, how far."),
    "blanks": ("walk_up", "Make spare badges, with a line to write a name on."),
    "cancel": ("jobs", "Cancel jobs that wait or run."),
    "contact-sheet": (
        "contact_sheet",
        "Show finished badges, 40 on a page, to proofread names before printing.",
    ),
    "contract": ("contract", "Compare versions of the contracts in db/contracts."),
    "db": ("db", "Manage the shared PostgreSQL database."),
    "demo": ("demo", "Make COUNT badges with both applications."),
    "design": ("design", "Create, list and check badge designs."),
    "doctor": ("doctor", "Check this machine for the libraries and fonts that badges need."),
    "enqueue": ("walk_up", "Enqueue the badge of one person, ahead of every batch."),
    "event": ("event", "Create, list and check events: name, place, dates, types, fields, printers."),
    "export": ("export", "Write the people of an event with state, print time and PDF of their badges."),
    "failed": ("failed", "Show failed jobs by cause, each with the command that fixes it."),
    "forget": ("forget", "Remove all rows, files and log lines of the people of an event."),
    "import": ("import_list", "Make a badge for each person of a list: CSV, TSV, XLSX, XLS or ODS."),
    "pause": ("pause", "Pause queues (badges, printing, your own), or hold jobs, until `resume`."),
    "preview": ("preview", "Render one badge, without a database, and show it."),
    "print": ("print_sheets", "Print sheets, or any other PDF, on a printer of the print center."),
    "printed": ("reprint", "Record that a badge is in the tray, whose print ended as unknown."),
    "printer": ("printer", "Calibrate printers that shift or scale a sheet."),
    "printers": ("printers", "Show the printers of the print center; compare them with an event."),
    "reprint": ("reprint", "Print a badge again, with a reason."),
    "resume": ("pause", "Let paused queues (badges, printing, your own), or held jobs, go on."),
    "retry": ("jobs", "Run failed jobs again, and jobs that wait for their next attempt."),
    "sheet": ("sheet", "Place badges on sheets of paper or labels."),
    "status": ("status", "Show each queue: its jobs, who takes them, and since when it is paused."),
    "wall": ("wall", "Show badges in a browser as they are made, until Ctrl-C."),
    "watch": ("watch", "Watch the queues, the latest badges, the failures and the applications."),
    "why": (
        "why",
        "Tell the history of one badge: enqueued, rendered, printed, and what went wrong.",
    ),
    "worker": ("worker", "Render badges until Ctrl-C, then finish the running jobs."),
}
"""The module that defines each command, and the first line of its help."""


class Commands(click.Group):
    """A group that imports the module of a command only when it is used, so that each starts fast."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return the command `name`, or None if it does not exist."""
        if name not in COMMANDS:
            return None
        module, _summary = COMMANDS[name]
        function = name.replace("-", "_") + ("_" if iskeyword(name) else "")
        command: click.Command = getattr(import_module(f"badge_forge.cli.{module}"), function)
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that `arguments` begin with. Raises `NoSuchCommand` with suggestions."""
        try:
            return super().resolve_command(context, arguments)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=context) from None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_module, summary) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="badge-forge")
@click.option("--debug", is_flag=True, help="Show a traceback if the command fails.")
def badge_forge(debug: bool) -> None:
    """Make conference badges: enqueued by Elixir, rendered by Python, printed by Elixir."""


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    # All that is made holds personal data: badges, logs, sheets, pictures. Other programs inherit this.
    os.umask(0o077)
    debug = "--debug" in sys.argv
    _forget_environment_of_libpq()
    try:
        code = badge_forge(standalone_mode=False)
    except BadgeForgeError as error:
        if debug:
            logging.exception("failed")
        say(f"badge-forge: {error}")
        code = WRONG_USAGE if isinstance(error, UsageError) else FAILED
    except click.ClickException as error:
        # It repeats the arguments, which a script may have taken from a row.
        error.message = "\n".join(map(escaped, error.message.split("\n")))  # type: ignore[misc]
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("badge-forge: interrupted", err=True)
        code = INTERRUPTED
    except Exception as error:
        if debug:
            logging.exception("failed")
        # Only the type: the text of an unexpected error may contain a password or personal data.
        name = type(error).__name__
        if isinstance(error, OSError) and error.strerror:
            name += f" ({error.strerror})"
        click.echo(f"badge-forge: unexpected {name}: `badge-forge --debug …` shows more", err=True)
        code = FAILED
    sys.exit(code or DONE)


def _forget_environment_of_libpq() -> None:
    """Forget the variables `PG…`, such as PGOPTIONS: only DATABASE_URL says how to connect."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
