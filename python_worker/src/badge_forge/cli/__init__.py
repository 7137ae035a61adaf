"""The command `badge-forge`."""

import logging
import sys

import click

from badge_forge.cli.db import db
from badge_forge.cli.demo import demo
from badge_forge.cli.design import design
from badge_forge.cli.doctor import doctor
from badge_forge.cli.jobs import cancel, failed, pause, resume, retry
from badge_forge.cli.preview import preview
from badge_forge.cli.sheet import printer, sheet
from badge_forge.cli.worker import worker
from badge_forge.errors import BadgeForgeError, UsageError

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="badge-forge")
@click.option("--debug", is_flag=True, help="Show a traceback when something fails.")
def badge_forge(debug: bool) -> None:
    """Badge Forge: conference badges from Elixir through Python and back."""


for command in (
    *(cancel, db, demo, design, doctor, failed, pause, preview, printer),
    *(resume, retry, sheet, worker),
):
    badge_forge.add_command(command)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    debug = "--debug" in sys.argv
    try:
        code = badge_forge(standalone_mode=False)
    except BadgeForgeError as error:
        if debug:
            logging.exception("failed")
        click.echo(f"badge-forge: {error}", err=True)
        code = WRONG_USAGE if isinstance(error, UsageError) else FAILED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("badge-forge: interrupted", err=True)
        code = INTERRUPTED
    except Exception as error:
        if debug:
            logging.exception("failed")
        # Not its text: nobody has looked over what a library's error may tell.
        click.echo(f"badge-forge: unexpected {type(error).__name__} (--debug shows more)", err=True)
        code = FAILED
    sys.exit(code or DONE)
