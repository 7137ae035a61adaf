"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from badge_forge.events.event import Event, load_event
from badge_forge.settings import Settings
from badge_forge.text.order import Order

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

types = click.option(
    "--type",
    "types",
    multiple=True,
    metavar="SLUG",
    help="Only badges of this type, such as speaker. Can be repeated.",
)

designs = click.option(
    "--design",
    "designs",
    metavar="NAME",
    multiple=True,
    help="Only badges of this design. Can be repeated.",
)


def _loaded(_context: click.Context, _parameter: click.Parameter, slug: str | None) -> Event | None:
    return load_event(slug, Settings.load().events_dir) if slug is not None else None


event = click.option(
    "--event",
    metavar="SLUG",
    callback=_loaded,
    help="The event, a file in events/: `badge-forge event list`.",
)
"""The command gets the `Event`, or None."""

batch = click.option("--batch", help="Only badges of the batch with this id.")

latest = click.option("--latest", is_flag=True, help="Only badges of the newest batch.")

locale = click.option(
    "--locale", help="Sort as this language does, for example sv.  [default: the order of Unicode]"
)


def sort(default: Order) -> Decorator:
    """Return the option `--sort`."""
    return click.option(
        "--sort",
        type=click.Choice(get_args(Order)),
        default=default,
        show_default=True,
        help="Order of the badges.",
    )


def output(default: str, what: str = "PDF to write.") -> Decorator:
    """Return the option `--output` of a command that writes a file."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        default=default,
        show_default=True,
        help=what,
    )
