"""Lines for people."""

import click


def say(line: str) -> None:
    """Say `line` on standard error, where it spoils no output that is piped on."""
    click.echo(line, err=True)
