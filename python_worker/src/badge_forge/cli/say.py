"""Messages for the user. Untrusted characters are escaped, since names and reasons come from rows."""

import click

from badge_forge.text.text import escaped


def say(line: str) -> None:
    """Print `line` to standard error, so that standard output can be piped."""
    click.echo(escaped(line), err=True)


def tell(line: str) -> None:
    """Print `line`, a result, to standard output."""
    click.echo(escaped(line))
