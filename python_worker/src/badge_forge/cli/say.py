"""Messages for the user."""

import click


def say(line: str) -> None:
    """Print `line` to standard error, so that standard output can be piped."""
    click.echo(line, err=True)
