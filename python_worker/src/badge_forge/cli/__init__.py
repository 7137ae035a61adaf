"""The command line `badge-forge`."""

import logging
import sys
from importlib import import_module

import click

from badge_forge.errors import BadgeForgeError, UsageError

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

MODULES = {
    "batches": "batches",
    "contact-sheet": "contact_sheet",
    **dict.fromkeys(("cancel", "failed", "pause", "resume", "retry"), "jobs"),
    **{
        name: name
        for name in [
            "contract",
            "db",
            "demo",
            "design",
            "doctor",
            "preview",
            "printer",
            "sheet",
            "wall",
            "watch",
            "why",
            "worker",
        ]
    },
}
"""The module that defines each command."""


class Commands(click.Group):
    """A group that imports the module of a command only when it is used, so that each starts fast."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(MODULES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return the command `name`, or None if it does not exist."""
        if name not in MODULES:
            return None
        command: click.Command = getattr(
            import_module(f"badge_forge.cli.{MODULES[name]}"), name.replace("-", "_")
        )
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="badge-forge")
@click.option("--debug", is_flag=True, help="Show a traceback if the command fails.")
def badge_forge(debug: bool) -> None:
    """Make conference badges: enqueued by Elixir, rendered by Python, printed by Elixir."""


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
        # Only the type: the text of an unexpected error may contain a password or personal data.
        name = type(error).__name__
        if isinstance(error, OSError) and error.strerror:
            name += f" ({error.strerror})"
        click.echo(f"badge-forge: unexpected {name}: `badge-forge --debug …` shows more", err=True)
        code = FAILED
    sys.exit(code or DONE)
